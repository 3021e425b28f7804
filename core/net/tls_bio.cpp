#include "core/net/tls_bio.hpp"

#include <cerrno>
#include <new>
#include <openssl/bio.h>
#include <sys/socket.h>

#include "core/net/connection_impl.hpp"

namespace trellis::net {

namespace {

ConnectionImpl& connectionOf(BIO* bio) {
    return *static_cast<ConnectionImpl*>(BIO_get_data(bio));
}

int readSocket(BIO* bio, char* into, int size) {
    auto& connection = connectionOf(bio);
    BIO_clear_retry_flags(bio);
    if (!connection.isReadable) {
        BIO_set_retry_read(bio);
        return -1;
    }
    const auto got = ::recv(connection.fd, into, static_cast<std::size_t>(size), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        connection.isReadable = false;
        BIO_set_retry_read(bio);
        return -1;
    }
    connection.sawEof = got == 0;
    // epoll(7): a short read means that a stream is drained, unless its end is already there.
    if (got > 0 && got < size && !connection.sawHangup)
        connection.isReadable = false;
    return static_cast<int>(got);
}

int writeSocket(BIO* bio, const char* from, int size) {
    auto& connection = connectionOf(bio);
    BIO_clear_retry_flags(bio);
    const int flags = MSG_NOSIGNAL | (connection.moreFollows ? MSG_MORE : 0);
    const auto put = ::send(connection.fd, from, static_cast<std::size_t>(size), flags);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) {
        connection.isWritable = false;
        BIO_set_retry_write(bio);
    }
    return static_cast<int>(put);
}

long controlSocket(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) // makes a missing close_notify an orderly end, see setProfile()
        return connectionOf(bio).sawEof ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* makeMethod() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "trellis socket");
    if (!method)
        throw std::bad_alloc();
    BIO_meth_set_read(method, readSocket);
    BIO_meth_set_write(method, writeSocket);
    BIO_meth_set_ctrl(method, controlSocket);
    return method;
}

} // namespace

bio_st* makeSocketBio(ConnectionImpl& connection) {
    static BIO_METHOD* const method = makeMethod();
    BIO* bio = BIO_new(method);
    if (!bio)
        throw std::bad_alloc();
    BIO_set_data(bio, &connection);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace trellis::net
