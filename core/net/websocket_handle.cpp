#include "core/net/connection_impl.hpp"
#include "core/net/websocket_impl.hpp"
#include "core/net/ws_deflate.hpp"

namespace trellis::net {

namespace {

// Bytes on their way to the loop; given back when the task is run or dropped.
class PostedBytes {
public:
    PostedBytes(std::shared_ptr<WebSocket> socket, std::size_t count)
        : socket_(std::move(socket)), count_(count) {
        socket_->impl().posted += count_;
    }
    ~PostedBytes() { socket_->impl().posted -= count_; }
    PostedBytes(const PostedBytes&) = delete;
    PostedBytes& operator=(const PostedBytes&) = delete;

private:
    std::shared_ptr<WebSocket> socket_;
    std::size_t count_;
};

} // namespace

SendResult WebSocketHandle::send(Opcode opcode, std::shared_ptr<const std::string> message) const {
    const auto socket = socket_.lock();
    if (!socket || !socket->isOpen())
        return SendResult::Closed;
    auto& impl = socket->impl();
    if (impl.posted + impl.connection->bufferedBytes() > impl.options.queueLimit) {
        abort("the peer doesn't read, the send queue is full");
        return SendResult::Overflow;
    }
    // Packed on the caller's thread: a loop has other connections to serve meanwhile.
    if (impl.hasDeflate && message->size() > impl.options.deflateAbove) {
        auto packed = deflateMessage(asBytes(*message));
        if (!packed.empty()) {
            auto bytes = std::make_shared<PostedBytes>(socket, packed.size());
            socket->post([bytes = std::move(bytes), opcode, packed = std::move(packed)](
                             WebSocket& open) { open.impl().sendPacked(opcode, asBytes(packed)); });
            return SendResult::Queued;
        }
    }
    auto bytes = std::make_shared<PostedBytes>(socket, message->size());
    socket->post([bytes = std::move(bytes), opcode, message = std::move(message)](WebSocket& open) {
        open.send(opcode, message);
    });
    return SendResult::Queued;
}

SendResult WebSocketHandle::sendText(std::string message) const {
    return send(Opcode::Text, std::make_shared<const std::string>(std::move(message)));
}

SendResult WebSocketHandle::sendBinary(std::string message) const {
    return send(Opcode::Binary, std::make_shared<const std::string>(std::move(message)));
}

void WebSocketHandle::close(std::uint16_t code, std::string reason) const {
    post([code, reason = std::move(reason)](WebSocket& open) { open.close(code, reason); });
}

void WebSocketHandle::abort(std::string reason) const {
    if (const auto socket = socket_.lock())
        socket->impl().connection->post(
            [reason = std::move(reason)](Connection& open) { open.abort(reason); });
}

void WebSocketHandle::post(std::function<void(WebSocket&)> task) const {
    if (const auto socket = socket_.lock())
        socket->post(std::move(task));
}

bool WebSocketHandle::isOpen() const noexcept {
    const auto socket = socket_.lock();
    return socket && socket->isOpen();
}

std::size_t WebSocketHandle::bufferedBytes() const noexcept {
    const auto socket = socket_.lock();
    return socket ? socket->impl().posted + socket->impl().connection->bufferedBytes() : 0;
}

} // namespace trellis::net
