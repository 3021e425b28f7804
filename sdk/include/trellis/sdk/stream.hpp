/// Byte streams on the server's I/O loops: ports of a plugin's own, and far ends of tunnels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <trellis/sdk/error.hpp>

namespace trellis::sdk {

/// One end of a connection that an I/O loop owns. Any thread may call; work is done on the loop.
class TRELLIS_API Stream {
public:
    virtual ~Stream();
    /// Queues `bytes`. Returns false when the queue stands above its high-water mark: stop until
    /// onWritable. Bytes queued above the limit (1 MiB) abort the connection.
    virtual bool write(std::span<const std::byte> bytes) = 0;
    virtual void pauseReading() = 0;
    virtual void resumeReading() = 0;
    virtual void closeAfterFlush() = 0;
    virtual void abort(std::string_view reason) = 0;
    virtual std::string peerAddress() const = 0;
};

/// What a plugin does with a stream. Calls for one stream never overlap; they run on its I/O loop
/// and must not block.
class TRELLIS_API StreamHandler {
public:
    virtual ~StreamHandler();
    virtual void onOpen(const std::shared_ptr<Stream>&) {}
    virtual void onData(std::span<const std::byte> bytes) = 0;  ///< valid until it returns
    virtual void onWritable() {}
    virtual void onClose(std::string_view /*reason*/) {}
};

enum class TlsProfile : std::uint8_t {
    None = 1,
    Modern,  ///< TLS 1.2 with forward secrecy and TLS 1.3, the web certificate
};

struct ListenSpec {
    std::string name;        ///< metric and log label
    std::uint16_t port = 0;  ///< TCP; the manifest must grant "listen:<port>"
    TlsProfile tls = TlsProfile::Modern;
    std::uint32_t maxConnections = 1000;  ///< one more is accepted and closed at once
};
using StreamFactory = std::function<std::unique_ptr<StreamHandler>()>;

}  // namespace trellis::sdk
