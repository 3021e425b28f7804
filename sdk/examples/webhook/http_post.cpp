#include "http_post.hpp"

#include <memory>

#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/NullStream.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>

namespace webhook {
namespace {

using namespace Poco::Net;

std::unique_ptr<HTTPClientSession> sessionFor(const Poco::URI& uri) {
    if (uri.getScheme() != "https") {
        return std::make_unique<HTTPClientSession>(uri.getHost(), uri.getPort());
    }
    // Verified against the system's certificates; there is no option to leave that out.
    const Context::Ptr context = new Context(Context::TLS_CLIENT_USE, "", Context::VERIFY_STRICT, 9, true);
    return std::make_unique<HTTPSClientSession>(uri.getHost(), uri.getPort(), context);
}

}  // namespace

std::string post(const Target& target, const std::string& body) {
    try {
        const Poco::URI uri(target.url);
        const auto session = sessionFor(uri);
        session->setTimeout(Poco::Timespan(static_cast<long>(target.timeout.count()), 0));
        auto path = uri.getPathAndQuery();
        HTTPRequest request(HTTPRequest::HTTP_POST, path.empty() ? "/" : path, HTTPMessage::HTTP_1_1);
        request.setContentType("application/json");
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
        if (!target.token.empty()) request.set("Authorization", "Bearer " + target.token);
        session->sendRequest(request) << body;
        HTTPResponse response;
        Poco::NullOutputStream nowhere;
        Poco::StreamCopier::copyStream(session->receiveResponse(response), nowhere);
        const int status = response.getStatus();
        if (status >= 200 && status < 300) return {};
        return "HTTP status " + std::to_string(status);
    } catch (const Poco::Exception& e) {
        return e.displayText();
    } catch (const std::exception& e) {
        return e.what();
    }
}

}  // namespace webhook
