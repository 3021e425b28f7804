#include "agent/link/tls.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace trellis::device {
namespace {
bool isAddress(const std::string& host) {
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
           ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// Where distributions without hashed names in /etc/ssl/certs keep their authorities: Fedora and its
/// kin, Alpine, OpenSUSE.
constexpr std::array kBundles{"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
                              "/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem"};

constexpr std::size_t kReadBuffer = 64 * 1024 + 4096;

std::string lastError() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    return reason != nullptr ? reason : "TLS failed";
}
}  // namespace

TlsContext::TlsContext() : context_(SSL_CTX_new(TLS_client_method())) {
    if (context_ == nullptr) throw std::runtime_error("TLS: " + lastError());
    SSL_CTX_set_min_proto_version(context_, TLS1_2_VERSION);
    SSL_CTX_set_mode(context_, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                   SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                      SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
    // One read takes what the kernel has, up to four records; the buffer is there only while it is in use.
    SSL_CTX_set_read_ahead(context_, 1);
    SSL_CTX_set_default_read_buffer_len(context_, kReadBuffer);
    SSL_CTX_set_verify(context_, SSL_VERIFY_NONE, nullptr);
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

void TlsContext::loadAuthorities() {
    if (hasAuthorities_) return;
    hasAuthorities_ = true;
    SSL_CTX_set_default_verify_paths(context_);
    // Whoever names the authorities means these and no others.
    if (std::getenv("SSL_CERT_FILE") != nullptr || std::getenv("SSL_CERT_DIR") != nullptr) return;
    // The library in this program was built on Debian, which finds these through a link that only its
    // package `openssl` makes, and other distributions keep theirs elsewhere. A folder is read as
    // needed and costs nothing; a bundle is read whole, so only one of them is.
    SSL_CTX_load_verify_dir(context_, "/etc/ssl/certs");
    for (const char* bundle : kBundles) {
        if (::access(bundle, R_OK) == 0 && SSL_CTX_load_verify_file(context_, bundle) == 1) break;
    }
    ERR_clear_error();
}

TlsStream::TlsStream(TlsContext& context, int fd, const std::string& host, Trust trust)
    : ssl_(SSL_new(context.get())) {
    if (ssl_ == nullptr || SSL_set_fd(ssl_, fd) != 1) {
        SSL_free(ssl_);
        throw std::runtime_error("TLS: " + lastError());
    }
    const bool isNumber = isAddress(host);
    // RFC 6066 section 3: no literal addresses in server_name.
    if (!isNumber) SSL_set_tlsext_host_name(ssl_, host.c_str());
    if (trust == Trust::Chain) {
        context.loadAuthorities();
        SSL_set_verify(ssl_, SSL_VERIFY_PEER, nullptr);
        if (isNumber) {
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_), host.c_str());
        } else {
            SSL_set1_host(ssl_, host.c_str());
        }
    }
    SSL_set_connect_state(ssl_);
}

TlsStream::~TlsStream() { SSL_free(ssl_); }

TlsStream::Result TlsStream::resultOf(int returned) {
    const int saved = errno;
    switch (SSL_get_error(ssl_, returned)) {
    case SSL_ERROR_NONE: return Result::Done;
    case SSL_ERROR_WANT_READ: return Result::WantRead;
    case SSL_ERROR_WANT_WRITE: return Result::WantWrite;
    case SSL_ERROR_ZERO_RETURN: return Result::Closed;
    case SSL_ERROR_SYSCALL:
        ERR_clear_error();
        error_ = saved == 0 ? "connection closed" : std::strerror(saved);
        return saved == 0 ? Result::Closed : Result::Failed;
    default: {
        const long verdict = SSL_get_verify_result(ssl_);
        error_ = lastError();
        if (verdict != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
            error_ = X509_verify_cert_error_string(verdict);
        }
        return Result::Failed;
    }
    }
}

TlsStream::Result TlsStream::handshake() {
    ERR_clear_error();
    errno = 0;
    return resultOf(SSL_do_handshake(ssl_));
}

TlsStream::Result TlsStream::read(char* into, std::size_t size, std::size_t& count) {
    ERR_clear_error();
    errno = 0;
    return resultOf(SSL_read_ex(ssl_, into, size, &count));
}

TlsStream::Result TlsStream::write(std::string_view bytes, std::size_t& count) {
    ERR_clear_error();
    errno = 0;
    return resultOf(SSL_write_ex(ssl_, bytes.data(), bytes.size(), &count));
}

void TlsStream::shutdown() noexcept {
    if (SSL_is_init_finished(ssl_) != 0) SSL_shutdown(ssl_);
    ERR_clear_error();
}

std::unique_ptr<PeerCertificate> TlsStream::peer() const {
    const auto* certificate = SSL_get0_peer_certificate(ssl_);
    if (certificate == nullptr) return {};
    auto peer = std::make_unique<PeerCertificate>();
    peer->der = wire::derOf(certificate);
    peer->hashes.full = wire::fullHash(certificate);
    if (const auto key = wire::keyHash(certificate)) peer->hashes.key = *key;
    return peer;
}

}  // namespace trellis::device
