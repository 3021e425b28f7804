#include "sender.hpp"

#include <sys/socket.h>

#include <istream>
#include <memory>

#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <Poco/Timespan.h>
#include <Poco/URI.h>
#include <openssl/ssl.h>

namespace webhooks {

namespace {

using namespace Poco::Net;

Context::Ptr contextFor(const std::string& caFile) {
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, "", "", caFile,
                                     Context::VERIFY_STRICT, 9, caFile.empty()));
    SSL_CTX_set_min_proto_version(context->sslContext(), TLS1_2_VERSION);
    context->enableExtendedCertificateVerification(true);
    return context;
}

std::string bareHost(const Poco::URI& uri) {
    const auto& host = uri.getHost();
    return host.size() > 2 && host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

/// Connected to the address that was checked, whatever the name resolves to a moment later.
std::unique_ptr<HTTPClientSession> connect(StreamSocket& plain, const SendOptions& options,
                                           const Poco::URI& uri, const Poco::Timespan& limit,
                                           Cutter& cutter) {
    const SocketAddress target(resolveSafely(uri.getHost(), options.allowed), uri.getPort());
    plain.connect(target, limit);
    plain.setReceiveTimeout(limit);
    plain.setSendTimeout(limit);
    cutter.watch(plain.impl()->sockfd());
    if (uri.getScheme() != "https")
        return std::make_unique<HTTPClientSession>(plain);
    auto secure = SecureStreamSocket::attach(plain, bareHost(uri), contextFor(options.caFile));
    secure.completeHandshake();
    secure.verifyPeerCertificate(bareHost(uri));
    // HTTPSClientSession refuses sockets that are connected (Poco 1.11); this one does TLS by
    // itself.
    return std::make_unique<HTTPClientSession>(secure);
}

SendResult exchange(HTTPClientSession& session, const Poco::URI& uri, const Outgoing& outgoing) {
    auto path = uri.getPathAndQuery();
    HTTPRequest request(HTTPRequest::HTTP_POST, path.empty() ? "/" : path, HTTPMessage::HTTP_1_1);
    request.setHost(uri.getHost(), uri.getPort());
    request.setContentType("application/json");
    request.setContentLength64(static_cast<Poco::Int64>(outgoing.body.size()));
    request.setKeepAlive(false);
    request.set("User-Agent", "Trellis-Webhooks");
    for (const auto& [name, value] : outgoing.headers)
        request.set(name, value);
    session.sendRequest(request) << outgoing.body << std::flush;
    HTTPResponse response;
    response.setFieldLimit(50);        // of 8 KiB each, by default
    session.receiveResponse(response); // its body is of no interest, and is not read
    const int status = response.getStatus();
    if (status >= 200 && status < 300)
        return {status, ""};
    return {status, status >= 300 && status < 400 ? "redirects are not followed"
                                                  : "HTTP status " + std::to_string(status)};
}

} // namespace

void Cutter::cut() noexcept {
    const std::scoped_lock lock(mutex_);
    isCut_ = true;
    if (socket_ >= 0)
        ::shutdown(socket_, SHUT_RDWR);
}

void Cutter::watch(int socket) noexcept {
    const std::scoped_lock lock(mutex_);
    socket_ = socket;
    if (isCut_)
        ::shutdown(socket_, SHUT_RDWR);
}

void Cutter::forget() noexcept {
    const std::scoped_lock lock(mutex_);
    socket_ = -1;
}

std::string faultOf(const std::string& url, bool allowsHttp) {
    try {
        const Poco::URI uri(url);
        if (uri.getScheme() != "https" && uri.getScheme() != "http")
            return "expected an https URL";
        if (uri.getScheme() == "http" && !allowsHttp)
            return "expected an https URL; see the option allow_http";
        if (uri.getHost().empty())
            return "the URL names no host";
        if (!uri.getUserInfo().empty())
            return "a URL with a user name is not taken; the signature says who sends";
        if (!uri.getFragment().empty())
            return "a URL with a fragment is not taken";
        return {};
    } catch (const Poco::Exception&) {
        return "not a URL";
    }
}

SendResult send(const SendOptions& options, const Outgoing& outgoing, Cutter& cutter) {
    SendResult result;
    try {
        const Poco::URI uri(outgoing.url);
        const Poco::Timespan limit(static_cast<long>(options.timeout.count()), 0);
        StreamSocket plain;
        std::unique_ptr<HTTPClientSession> session;
        // Forgotten before either closes the socket: its number is somebody else's then.
        struct Forget {
            Cutter& cutter;
            ~Forget() { cutter.forget(); }
        } const forget{cutter};
        session = connect(plain, options, uri, limit, cutter);
        session->setTimeout(limit);
        result = exchange(*session, uri, outgoing);
    } catch (const Poco::TimeoutException&) {
        result.problem = "no answer in time";
    } catch (const Poco::Exception& e) {
        result.problem = e.displayText();
    } catch (const std::exception& e) {
        result.problem = e.what();
    }
    return result;
}

} // namespace webhooks
