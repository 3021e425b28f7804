#include "core/store/secret_box.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::string_view kVersion = "v1:";
constexpr std::size_t kIvSize = 12;
constexpr std::size_t kTagSize = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytesOf(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

void require(int result) {
    if (result != 1)
        throw Error(ErrorCode::Internal, "AES-256-GCM is not available");
}

[[noreturn]] void fileError(const std::filesystem::path& path, std::string_view what) {
    throw Error(ErrorCode::Unavailable, "the secret key " + path.string() + " " +
                                            std::string(what) + ": " + std::strerror(errno));
}

class File {
public:
    explicit File(int descriptor) : descriptor_(descriptor) {}
    ~File() {
        if (descriptor_ >= 0)
            ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int get() const noexcept { return descriptor_; }

private:
    int descriptor_;
};

/// Written beside and linked into place, so that no reader sees half a key and of two makers one
/// wins.
void makeKeyFile(const std::filesystem::path& path) {
    const auto draft = path.string() + "." + hex(randomBytes(8));
    {
        const File file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
        if (file.get() < 0)
            fileError(path, "cannot be made");
        auto text = hex(randomBytes(SecretBox::kKeySize)) + "\n";
        const auto written = ::write(file.get(), text.data(), text.size());
        const bool isWhole =
            written == static_cast<ssize_t>(text.size()) && ::fsync(file.get()) == 0;
        wipe(text);
        if (!isWhole) {
            ::unlink(draft.c_str());
            fileError(path, "cannot be written");
        }
    }
    const int linked = ::link(draft.c_str(), path.c_str());
    const int reason = errno;
    ::unlink(draft.c_str());
    errno = reason;
    if (linked != 0 && reason != EEXIST)
        fileError(path, "cannot be made");
}

std::string readKeyFile(const std::filesystem::path& path, int descriptor) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0)
        fileError(path, "cannot be read");
    if ((status.st_mode & 077) != 0)
        throw Error(ErrorCode::Conflict, "the secret key " + path.string() +
                                             " may be read by others; run: chmod 600 " +
                                             path.string());
    std::string text(SecretBox::kKeySize * 2 + 2, '\0');
    const auto size = ::read(descriptor, text.data(), text.size());
    if (size < 0)
        fileError(path, "cannot be read");
    text.resize(static_cast<std::size_t>(size));
    if (text.ends_with('\n'))
        text.pop_back();
    auto key = fromHex(text);
    wipe(text);
    if (!key || key->size() != SecretBox::kKeySize)
        throw Error(ErrorCode::Conflict, "the secret key " + path.string() +
                                             " is damaged: expected 64 hex digits. Restore it from "
                                             "a backup; without it stored secrets are lost");
    return *key;
}

} // namespace

SecretBox SecretBox::fromFile(const std::filesystem::path& path) {
    int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 && errno == ENOENT) {
        makeKeyFile(path);
        descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    }
    if (descriptor < 0)
        fileError(path, "cannot be read");
    const File file(descriptor);
    auto text = readKeyFile(path, file.get());
    std::array<unsigned char, kKeySize> key{};
    std::memcpy(key.data(), text.data(), key.size());
    wipe(text);
    SecretBox box(key);
    OPENSSL_cleanse(key.data(), key.size());
    return box;
}

SecretBox::SecretBox(const std::array<unsigned char, kKeySize>& key) : key_(key) {}

SecretBox::~SecretBox() {
    OPENSSL_cleanse(key_.data(), key_.size());
}

std::string SecretBox::seal(std::string_view plain, std::string_view context) const {
    const auto iv = randomBytes(kIvSize);
    std::string cipher(plain.size(), '\0');
    std::string tag(kTagSize, '\0');
    const Cipher ctx(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    require(EVP_EncryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytesOf(iv)));
    require(EVP_EncryptUpdate(ctx.get(), nullptr, &size, bytesOf(context),
                              static_cast<int>(context.size())));
    require(EVP_EncryptUpdate(ctx.get(), bytesOf(cipher), &size, bytesOf(plain),
                              static_cast<int>(plain.size())));
    require(EVP_EncryptFinal_ex(ctx.get(), bytesOf(cipher) + size, &size));
    require(EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_GET_TAG, kTagSize, tag.data()));
    return std::string(kVersion) + base64(iv + tag + cipher);
}

std::string SecretBox::open(std::string_view sealed, std::string_view context) const {
    const auto refuse = [&]() -> Error {
        return Error(ErrorCode::Conflict,
                     "the stored secret " + std::string(context) +
                         " does not open: it was changed, or the secret key is "
                         "another one");
    };
    if (!sealed.starts_with(kVersion))
        throw refuse();
    const auto bytes = fromBase64(sealed.substr(kVersion.size()));
    if (!bytes || bytes->size() < kIvSize + kTagSize)
        throw refuse();
    const std::string_view all(*bytes);
    std::string tag(all.substr(kIvSize, kTagSize));
    const auto cipher = all.substr(kIvSize + kTagSize);
    std::string plain(cipher.size(), '\0');
    const Cipher ctx(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
    int size = 0;
    require(EVP_DecryptInit_ex(ctx.get(), EVP_aes_256_gcm(), nullptr, key_.data(), bytesOf(all)));
    require(EVP_DecryptUpdate(ctx.get(), nullptr, &size, bytesOf(context),
                              static_cast<int>(context.size())));
    require(EVP_DecryptUpdate(ctx.get(), bytesOf(plain), &size, bytesOf(cipher),
                              static_cast<int>(cipher.size())));
    require(EVP_CIPHER_CTX_ctrl(ctx.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()));
    if (EVP_DecryptFinal_ex(ctx.get(), bytesOf(plain) + size, &size) != 1) {
        wipe(plain);
        throw refuse();
    }
    return plain;
}

std::filesystem::path secretKeyPath(const std::filesystem::path& dataDirectory) {
    return dataDirectory / "secret.key";
}

} // namespace trellis::store
