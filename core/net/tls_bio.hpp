/// OpenSSL's view of a connection's socket.
#pragma once

struct bio_st;

namespace trellis::net {

struct ConnectionImpl;

/// A BIO over the connection's descriptor that keeps its readable and writable flags: no read is
/// tried that would only say EAGAIN, and a write to a dead peer raises no signal. Throws on
/// failure.
bio_st* makeSocketBio(ConnectionImpl& connection);

} // namespace trellis::net
