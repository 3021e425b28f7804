#include "core/app/http_answer.hpp"

#include <istream>

#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <trellis/sdk/error.hpp>

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

ErrorCode codeFromName(std::string_view name) {
    for (int i = 1; i <= static_cast<int>(ErrorCode::Internal); ++i) {
        const auto code = static_cast<ErrorCode>(i);
        if (sdk::codeName(code) == name) return code;
    }
    return ErrorCode::Internal;
}

std::string textOf(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

[[noreturn]] void throwAnswer(const json::value& answer, int status) {
    if (const auto* object = answer.if_object()) {
        const auto* error = object->if_contains("error");
        if (error && error->is_object()) {
            const auto& fields = error->as_object();
            throw Error(codeFromName(textOf(fields, "code")), textOf(fields, "message"),
                        textOf(fields, "field"));
        }
    }
    throw Error(ErrorCode::Internal, "the server answered with status " + std::to_string(status));
}

}  // namespace

json::value exchange(Poco::Net::HTTPClientSession& session, Poco::Net::HTTPRequest& request,
                     const json::object& arguments, const std::string& tenant) {
    const auto body = json::serialize(arguments);
    request.setContentType("application/json");
    request.setContentLength(static_cast<std::streamsize>(body.size()));
    session.sendRequest(request) << body << std::flush;
    Poco::Net::HTTPResponse response;
    auto& stream = session.receiveResponse(response);
    std::string text;
    Poco::StreamCopier::copyToString(stream, text);
    json::error_code failed;
    auto answer = text.empty() ? json::value(nullptr) : json::parse(text, failed);
    if (failed) answer = nullptr;
    // Under a path that is no tenant's, the server answers as for any page that isn't there.
    if (failed && response.getStatus() >= 400 && !tenant.empty())
        throw Error(ErrorCode::NotFound, "no tenant \"" + tenant + "\" in the configuration");
    if (response.getStatus() >= 400) throwAnswer(answer, response.getStatus());
    return answer;
}

}  // namespace trellis::app
