/// TLS as a client, on a non-blocking descriptor that someone else watches.
#pragma once

#include "agent/link/handshake.hpp"

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;
struct ssl_st;

namespace trellis::device {

/// What TLS told about the server, for whoever decides about trust.
struct PeerCertificate {
    PeerHashes hashes;
    wire::Bytes der;
};

/// Whom to believe. Chain: the certificate must lead to the system's authorities and name the host.
/// Any: accepted here; the caller checks the certificate's hash (pin) or the handshake behind it.
enum class Trust : std::uint8_t { Any = 1, Chain };

class TlsContext {
public:
    /// TLS 1.2 or newer. Throws std::runtime_error if OpenSSL fails.
    TlsContext();
    ~TlsContext();
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ssl_ctx_st* get() const noexcept { return context_; }
    /// Reads the system's authorities, the first time it is needed.
    void loadAuthorities();

private:
    ssl_ctx_st* context_;
    bool hasAuthorities_ = false;
};

class TlsStream {
public:
    TlsStream(TlsContext& context, int fd, const std::string& host, Trust trust);
    ~TlsStream();
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;

    enum class Result : std::uint8_t { Done = 1, WantRead, WantWrite, Closed, Failed };
    Result handshake();
    /// `count`: bytes moved, with Done.
    Result read(char* into, std::size_t size, std::size_t& count);
    Result write(std::string_view bytes, std::size_t& count);
    /// Sends close_notify if that needs no waiting.
    void shutdown() noexcept;
    /// nullptr before the handshake.
    std::unique_ptr<PeerCertificate> peer() const;
    /// Of the last Failed.
    const std::string& error() const noexcept { return error_; }

private:
    Result resultOf(int returned);
    ssl_st* ssl_;
    std::string error_;
};

}  // namespace trellis::device
