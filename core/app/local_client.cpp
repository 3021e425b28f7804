#include "core/app/local_client.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <istream>
#include <memory>
#include <optional>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <trellis/sdk/error.hpp>

#include "core/app/paths.hpp"

namespace trellis::app {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

/// The socket's address through an open directory, because sun_path holds 107 bytes only.
class SocketPath {
public:
    explicit SocketPath(const std::filesystem::path& socket)
        : directory_(::open(socket.parent_path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)),
          text_("/proc/self/fd/" + std::to_string(directory_) + "/" + socket.filename().string()) {}
    ~SocketPath() {
        if (directory_ >= 0) ::close(directory_);
    }
    SocketPath(const SocketPath&) = delete;
    SocketPath& operator=(const SocketPath&) = delete;
    const std::string& text() const noexcept { return text_; }

private:
    int directory_;
    std::string text_;
};

Poco::Net::StreamSocket connect(const std::filesystem::path& data, std::chrono::seconds limit) {
    const SocketPath path(controlSocket(data));
    Poco::Net::StreamSocket socket;
    socket.connect(Poco::Net::SocketAddress(Poco::Net::SocketAddress::UNIX_LOCAL, path.text()));
    const Poco::Timespan timeout(static_cast<long>(limit.count()), 0);
    socket.setReceiveTimeout(timeout);
    socket.setSendTimeout(timeout);
    return socket;
}

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

bool LocalClient::isServerRunning() const {
    try {
        connect(data_, std::chrono::seconds(5));
        return true;
    } catch (const Poco::Exception&) {
        return false;
    }
}

json::value LocalClient::call(const std::string& command, const json::object& arguments,
                              std::chrono::seconds limit) const {
    try {
        Poco::Net::HTTPClientSession session(connect(data_, limit));
        session.setTimeout(Poco::Timespan(static_cast<long>(limit.count()), 0));
        Poco::Net::HTTPRequest request("POST", "/api/v1/" + command, "HTTP/1.1");
        request.setHost("localhost");
        request.setContentType("application/json");
        const auto body = json::serialize(arguments);
        request.setContentLength(static_cast<std::streamsize>(body.size()));
        session.sendRequest(request) << body << std::flush;
        Poco::Net::HTTPResponse response;
        auto& stream = session.receiveResponse(response);
        std::string text;
        Poco::StreamCopier::copyToString(stream, text);
        json::error_code failed;
        auto answer = text.empty() ? json::value(nullptr) : json::parse(text, failed);
        if (failed) answer = nullptr;
        if (response.getStatus() >= 400) throwAnswer(answer, response.getStatus());
        return answer;
    } catch (const Poco::Exception& e) {
        throw Error(ErrorCode::Unavailable,
                    "no server answers on " + controlSocket(data_).string() + " (" +
                        e.displayText() + "); start trellisd with the same --data");
    }
}

}  // namespace trellis::app
