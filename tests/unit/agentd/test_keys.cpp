#include "test_keys.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

namespace agentd_test {
using trellis::device::Identity;
using trellis::device::makeIdentity;

const Identity& deviceIdentity() {
    static const Identity identity = makeIdentity();
    return identity;
}
void storeDeviceIdentity(trellis::device::Database& database) {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(deviceIdentity().key.get(), &der);
    database.put("IdentityKey", {reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
    database.put("IdentityCertificate", trellis::wire::textOf(deviceIdentity().certificate));
    OPENSSL_free(der);
}
const Identity& webIdentity() {
    static const Identity identity = makeIdentity();
    return identity;
}
const Identity& serverIdentity() {
    static const Identity identity = makeIdentity();
    return identity;
}
const Identity& otherServerIdentity() {
    static const Identity identity = makeIdentity();
    return identity;
}

}  // namespace agentd_test
