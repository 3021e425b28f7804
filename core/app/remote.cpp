#include "core/app/remote.hpp"

#include <algorithm>

#include <Poco/DigestEngine.h>
#include <Poco/Exception.h>
#include <Poco/Net/Context.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/X509Certificate.h>
#include <Poco/URI.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <trellis/sdk/error.hpp>

#include "core/app/http_answer.hpp"
#include "core/store/random.hpp"

namespace trellis::app {

namespace {

using sdk::Error;
using sdk::ErrorCode;

std::string bareHex(std::string text) {
    std::erase(text, ':');
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

Poco::URI uriOf(const std::string& url) {
    try {
        Poco::URI uri(url);
        const bool isBare = uri.getPathEtc().empty() || uri.getPathEtc() == "/";
        if (uri.getScheme() == "https" && !uri.getHost().empty() && isBare &&
            uri.getUserInfo().empty())
            return uri;
    } catch (const Poco::Exception&) {
        // said below
    }
    throw Error(ErrorCode::InvalidArgument, "--url: expected https://HOST[:PORT], got \"" + url + "\"");
}

std::string fingerprintOf(const Poco::Net::X509Certificate& certificate) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    X509_digest(certificate.certificate(), EVP_sha256(),
                reinterpret_cast<unsigned char*>(digest.data()), &size);
    digest.resize(size);
    return store::hex(digest);
}

Poco::Net::Context::Ptr contextFor(const RemoteTarget& target) {
    using Poco::Net::Context;
    // With a pin the certificate itself is compared, before anything is sent.
    const auto mode = target.pin.empty() ? Context::VERIFY_STRICT : Context::VERIFY_NONE;
    Context::Ptr context(new Context(Context::TLS_CLIENT_USE, "", "", target.caFile.string(), mode, 9,
                                     target.caFile.empty(), "ALL:!ADH:!LOW:!EXP:!MD5:@STRENGTH"));
    SSL_CTX_set_min_proto_version(context->sslContext(), TLS1_2_VERSION);
    context->enableExtendedCertificateVerification(target.pin.empty());
    return context;
}

/// Connected and known to be the server that is meant.
Poco::Net::SecureStreamSocket connect(const RemoteTarget& target, const Poco::URI& uri,
                                      const Poco::Timespan& limit) {
    Poco::Net::SecureStreamSocket socket(contextFor(target));
    socket.setPeerHostName(uri.getHost());
    socket.connect(Poco::Net::SocketAddress(uri.getHost(), uri.getPort()), limit);
    socket.setReceiveTimeout(limit);
    socket.setSendTimeout(limit);
    socket.completeHandshake();
    if (target.pin.empty())
        return socket;
    const auto found = fingerprintOf(socket.peerCertificate());
    if (!store::equalInConstantTime(found, bareHex(target.pin)))
        throw Error(ErrorCode::Unavailable,
                    "the server's certificate has the fingerprint " + found + ", not the pinned one");
    return socket;
}

} // namespace

void checkTarget(const RemoteTarget& target) {
    uriOf(target.url);
    const auto pin = bareHex(target.pin);
    if (!pin.empty() && (pin.size() != 64 || !store::fromHex(pin)))
        throw Error(ErrorCode::InvalidArgument, "--pin: expected 64 hex digits of SHA-256");
    if (!target.caFile.empty() && !std::filesystem::exists(target.caFile))
        throw Error(ErrorCode::InvalidArgument, "--ca: no file " + target.caFile.string());
    if (target.token.empty())
        throw Error(ErrorCode::InvalidArgument,
                    "--url needs an API token in the environment variable TRELLIS_TOKEN");
}

boost::json::value callRemote(const RemoteTarget& target, const std::string& command,
                              const boost::json::object& arguments, std::chrono::seconds limit) {
    try {
        const auto uri = uriOf(target.url);
        const Poco::Timespan timeout(static_cast<long>(limit.count()), 0);
        // HTTPSClientSession refuses sockets that are connected (Poco 1.11); this one does TLS by itself.
        Poco::Net::HTTPClientSession session(connect(target, uri, timeout));
        session.setTimeout(timeout);
        Poco::Net::HTTPRequest request("POST", "/api/v1/" + command, "HTTP/1.1");
        request.setHost(uri.getHost(), uri.getPort());
        request.set("Authorization", "Bearer " + target.token);
        return exchange(session, request, arguments);
    } catch (const Poco::Exception& e) {
        throw Error(ErrorCode::Unavailable, target.url + ": " + e.displayText());
    }
}

} // namespace trellis::app
