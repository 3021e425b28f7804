#include "core/net/tls.hpp"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <trellis/sdk/error.hpp>

namespace trellis::net {

namespace {

// Forward secrecy and AEAD only; ChaCha20 first for clients that prefer it (no AES hardware).
constexpr auto kModernSuites = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                               "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                               "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// The same order for TLS 1.3: the shorter key is as far out of reach and a third faster.
constexpr auto kModernSuites13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
// Intel AMT up to version 11 speaks TLS 1.0 and 1.1 with CBC suites; OpenSSL 3 allows those, and
// SHA-1 signatures, only at security level 0.
constexpr auto kLegacySuites = "ALL:!aNULL:!eNULL:!EXPORT:!RC4:!MD5:!3DES:!PSK:!SRP@SECLEVEL=0";

// One read takes what the kernel has, up to four records.
constexpr std::size_t kReadBuffer = 64 * 1024 + 4096;

[[noreturn]] void refuse(const std::string& what) {
    std::string text = what;
    if (const auto code = ERR_get_error(); code != 0) {
        const char* reason = ERR_reason_error_string(code);
        text += std::string(": ") + (reason ? reason : "unknown reason");
    }
    ERR_clear_error();
    throw sdk::Error(sdk::ErrorCode::InvalidArgument, text);
}

template <class T, void (*Free)(T*)> struct Freer {
    void operator()(T* object) const noexcept { Free(object); }
};
using BioPtr = std::unique_ptr<BIO, Freer<BIO, BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, Freer<X509, X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY, EVP_PKEY_free>>;

BioPtr memoryBio(const std::string& text) {
    BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    if (!bio)
        throw std::bad_alloc();
    return bio;
}

void useChain(SSL_CTX* context, const std::string& pem, TlsState& state) {
    const auto bio = memoryBio(pem);
    const X509Ptr leaf(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    if (!leaf)
        refuse("the certificate isn't readable PEM");
    if (SSL_CTX_use_certificate(context, leaf.get()) != 1)
        refuse("the certificate can't be used");
    unsigned size = 0;
    X509_digest(leaf.get(), EVP_sha384(), state.certificateHash.data(), &size);
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf.get()), &der);
    if (length > 0)
        EVP_Digest(der, static_cast<std::size_t>(length), state.keyHash.data(), &size, EVP_sha384(),
                   nullptr);
    OPENSSL_free(der);
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
        if (SSL_CTX_add0_chain_cert(context, next) != 1) {
            X509_free(next);
            refuse("an intermediate certificate can't be used");
        }
    }
    ERR_clear_error(); // the end of the text is reported as an error
}

void useKey(SSL_CTX* context, const std::string& pem) {
    const auto bio = memoryBio(pem);
    // No password can be asked for here: an encrypted key is an unreadable one.
    const auto noPassword = [](char*, int, int, void*) { return 0; };
    const KeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassword, nullptr));
    if (!key)
        refuse("the private key isn't readable PEM without a password");
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
        refuse("the private key doesn't belong to the certificate");
}

int selectAlpn(SSL*, const unsigned char** out, unsigned char* outLength, const unsigned char* in,
               unsigned inLength, void* argument) {
    const auto& wanted = *static_cast<const std::vector<std::string>*>(argument);
    for (const auto& name : wanted) {
        for (unsigned at = 0; at < inLength && at + in[at] < inLength; at += 1u + in[at]) {
            if (name.size() == in[at] && std::equal(name.begin(), name.end(), in + at + 1)) {
                *out = in + at + 1;
                *outLength = in[at];
                return SSL_TLSEXT_ERR_OK;
            }
        }
    }
    return SSL_TLSEXT_ERR_NOACK; // goes on without ALPN, as for a client that offers none
}

void setProfile(SSL_CTX* context, TlsProfile profile) {
    const bool isModern = profile == TlsProfile::Modern;
    if (!isModern)
        SSL_CTX_set_security_level(context, 0);
    if (SSL_CTX_set_cipher_list(context, isModern ? kModernSuites : kLegacySuites) != 1 ||
        SSL_CTX_set_min_proto_version(context, isModern ? TLS1_2_VERSION : TLS1_VERSION) != 1)
        refuse("the TLS profile can't be set");
    if (isModern && SSL_CTX_set_ciphersuites(context, kModernSuites13) != 1)
        refuse("the TLS profile can't be set");
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Sessions live in tickets at the client; a cache here would cost memory for each.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, kReadBuffer);
    static constexpr unsigned char kSessionContext[] = "trellis";
    SSL_CTX_set_session_id_context(context, kSessionContext, sizeof kSessionContext - 1);
}

std::shared_ptr<const TlsState> build(TlsProfile profile, const CertificatePair& pair,
                                      const std::vector<std::string>& alpn) {
    ERR_clear_error();
    auto state = std::make_shared<TlsState>();
    state->context = SSL_CTX_new(TLS_server_method());
    if (!state->context)
        refuse("no TLS context");
    setProfile(state->context, profile);
    useChain(state->context, pair.chainPem, *state);
    useKey(state->context, pair.keyPem);
    if (!alpn.empty()) {
        state->alpn = alpn;
        SSL_CTX_set_alpn_select_cb(state->context, selectAlpn, &state->alpn);
    }
    return state;
}

} // namespace

TlsState::~TlsState() {
    SSL_CTX_free(context);
}

TlsContext::TlsContext(TlsProfile profile, std::vector<std::string> alpn)
    : profile_(profile), alpn_(std::move(alpn)) {}

std::shared_ptr<TlsContext> TlsContext::create(TlsProfile profile, const CertificatePair& pair,
                                               std::vector<std::string> alpn) {
    std::shared_ptr<TlsContext> context(new TlsContext(profile, std::move(alpn)));
    context->replace(pair);
    return context;
}

void TlsContext::replace(const CertificatePair& pair) {
    {
        const std::lock_guard lock(mutex_);
        if (state_ && pair.chainPem == pair_.chainPem && pair.keyPem == pair_.keyPem)
            return;
    }
    auto fresh = build(profile_, pair, alpn_);
    const std::lock_guard lock(mutex_);
    state_ = std::move(fresh);
    pair_ = pair;
}

std::shared_ptr<const TlsState> TlsContext::current() const {
    const std::lock_guard lock(mutex_);
    return state_;
}

} // namespace trellis::net
