#include "core/app/plugin_ports/ports.hpp"

namespace trellis::app {
namespace {

/// The plugin's view of a connection. Calls from any thread go to the connection's loop.
class OwnedStream final : public sdk::Stream {
public:
    explicit OwnedStream(net::Connection& connection)
        : connection_(connection.weak_from_this()), peer_(connection.info().peer.text()) {}

    bool write(std::span<const std::byte> bytes) override {
        const auto connection = connection_.lock();
        if (!connection) return false;
        if (connection->loop().isCurrent()) {
            return connection->write(bytes) && !connection->isAboveHighWater();
        }
        connection->post([copy = std::string(reinterpret_cast<const char*>(bytes.data()),
                                             bytes.size())](net::Connection& c) { c.write(copy); });
        return !connection->isAboveHighWater();
    }
    void pauseReading() override {
        post([](net::Connection& c) { c.pauseReading(); });
    }
    void resumeReading() override {
        post([](net::Connection& c) { c.resumeReading(); });
    }
    void closeAfterFlush() override {
        post([](net::Connection& c) { c.closeAfterFlush(); });
    }
    void abort(std::string_view reason) override {
        post([text = std::string(reason)](net::Connection& c) { c.abort(text); });
    }
    std::string peerAddress() const override { return peer_; }

private:
    void post(std::function<void(net::Connection&)> task) {
        if (const auto connection = connection_.lock()) connection->post(std::move(task));
    }
    std::weak_ptr<net::Connection> connection_;
    std::string peer_;
};

class HandlerBridge final : public net::StreamHandler {
public:
    explicit HandlerBridge(std::unique_ptr<sdk::StreamHandler> handler)
        : handler_(std::move(handler)) {}

    void onOpen(net::Connection& connection) override {
        connection.setQueueLimit(std::size_t{1024} * 1024);
        handler_->onOpen(std::make_shared<OwnedStream>(connection));
    }
    std::size_t onData(net::Connection&, net::MutableBytes bytes) override {
        handler_->onData(bytes);
        return bytes.size();
    }
    void onWritable(net::Connection&) override { handler_->onWritable(); }
    void onClose(net::Connection&, const net::CloseReason& reason) noexcept override {
        handler_->onClose(reason.text);
    }

private:
    std::unique_ptr<sdk::StreamHandler> handler_;
};

}  // namespace

plugin::Registration ListenersPort::listen(const std::string& owner, sdk::ListenSpec spec,
                                           sdk::StreamFactory factory) {
    net::ListenerOptions options;
    options.name = owner + "." + spec.name;
    options.port = spec.port;
    options.maxConnections = spec.maxConnections;
    if (spec.tls == sdk::TlsProfile::Modern) options.tls = tls_;
    return std::make_shared<net::Listener>(
        loops_, std::move(options),
        [make = std::move(factory)](const net::ConnectionInfo&)
            -> std::shared_ptr<net::StreamHandler> {
            auto handler = make();
            if (!handler) return nullptr;
            return std::make_shared<HandlerBridge>(std::move(handler));
        });
}

}  // namespace trellis::app
