#include "core/auth/password.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <argon2.h>
#include <openssl/evp.h>

#include <array>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;

// RFC 9106 leaves the choice to the application; these are the first choice of OWASP's password
// storage recommendations for servers that check many logins at once: 19 MiB, 2 passes, 1 lane.
constexpr std::uint32_t kMemoryKiB = 19 * 1024;
constexpr std::uint32_t kPasses = 2;
constexpr std::uint32_t kLanes = 1;
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kHashSize = 32;
constexpr std::string_view kCurrentForm = "$argon2id$v=19$m=19456,t=2,p=1$";
static_assert(kMemoryKiB == 19456 && kPasses == 2 && kLanes == 1);

// control-protocol.md section 1.13
constexpr std::string_view kMeshCentralForm = "$mc-pbkdf2-sha384$";
constexpr int kMeshCentralRounds = 12000;
constexpr std::size_t kMeshCentralSize = 128;

bool checkArgon(const std::string& stored, std::string_view password) {
    const auto result = argon2id_verify(stored.c_str(), password.data(), password.size());
    if (result == ARGON2_OK)
        return true;
    if (result == ARGON2_MEMORY_ALLOCATION_ERROR || result == ARGON2_THREAD_FAIL)
        throw Error(ErrorCode::Unavailable, "not enough memory to check the password");
    return false;
}

/// Something to check against that no password fits: its hash is all zeros. It costs what a real
/// one costs.
constexpr const char* kDecoy = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
                               "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

bool checkMeshCentral(std::string_view stored, std::string_view password) {
    const auto rest = stored.substr(kMeshCentralForm.size());
    const auto cut = rest.find('$');
    if (cut == std::string_view::npos)
        return false;
    const auto salt = rest.substr(0, cut); // the text itself is the salt
    const auto expected = store::fromBase64(rest.substr(cut + 1));
    if (!expected || expected->size() != kMeshCentralSize)
        return false;
    std::array<char, kMeshCentralSize> made{};
    if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                          reinterpret_cast<const unsigned char*>(salt.data()),
                          static_cast<int>(salt.size()), kMeshCentralRounds, EVP_sha384(),
                          static_cast<int>(made.size()),
                          reinterpret_cast<unsigned char*>(made.data())) != 1)
        throw Error(ErrorCode::Internal, "PBKDF2 is not available");
    return store::equalInConstantTime({made.data(), made.size()}, *expected);
}

} // namespace

std::string hashPassword(std::string_view password) {
    if (password.size() > kMaxPasswordBytes)
        throw Error(ErrorCode::InvalidArgument, "the password is too long", "/pass");
    const auto salt = store::randomBytes(kSaltSize);
    std::string encoded(
        argon2_encodedlen(kPasses, kMemoryKiB, kLanes, kSaltSize, kHashSize, Argon2_id), '\0');
    const auto result =
        argon2id_hash_encoded(kPasses, kMemoryKiB, kLanes, password.data(), password.size(),
                              salt.data(), salt.size(), kHashSize, encoded.data(), encoded.size());
    if (result != ARGON2_OK)
        throw Error(ErrorCode::Unavailable,
                    std::string("the password cannot be hashed: ") + argon2_error_message(result));
    encoded.resize(encoded.find('\0') == std::string::npos ? encoded.size() : encoded.find('\0'));
    return encoded;
}

PasswordCheck checkPassword(std::string_view stored, std::string_view password) {
    if (password.size() > kMaxPasswordBytes)
        return {};
    if (stored.starts_with(kMeshCentralForm)) {
        const bool isRight = checkMeshCentral(stored, password);
        return {isRight, isRight};
    }
    if (!stored.starts_with("$argon2id$")) {
        checkArgon(kDecoy, password);
        return {};
    }
    const bool isRight = checkArgon(std::string(stored), password);
    return {isRight, isRight && !stored.starts_with(kCurrentForm)};
}

std::string fromMeshCentral(std::string_view saltBase64, std::string_view hashBase64) {
    const auto salt = store::fromBase64(saltBase64);
    const auto hash = store::fromBase64(hashBase64);
    if (!salt || salt->size() != 128 || !hash || hash->size() != kMeshCentralSize)
        throw Error(ErrorCode::InvalidArgument,
                    "salt and hash of MeshCentral are 128 bytes each, in base64");
    return std::string(kMeshCentralForm) + std::string(saltBase64) + "$" + std::string(hashBase64);
}

} // namespace trellis::auth
