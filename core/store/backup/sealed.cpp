#include "core/store/backup/sealed.hpp"

#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <argon2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace trellis::store::backup {

namespace {

using sdk::Error;
using sdk::ErrorCode;

// Head: magic 14 | version 2 | KiB 4 | passes 4 | salt 16 | reserved 8, zero | check 16.
// Numbers are big-endian. `check` is an HMAC over what is before it, by a key of its own.
constexpr std::string_view kMagic("TRELLIS-BACKUP", 14);
constexpr std::size_t kSaltSize = 16;
constexpr std::size_t kCheckAt = 48;
constexpr std::size_t kKeySize = 32;
constexpr std::uint32_t kMostMemoryKiB = 256 * 1024; // what a file may make us take
constexpr std::uint32_t kMostPasses = 10;
// NIST SP 800-38D allows 2^32 pieces under one key; 2^24 pieces are 1 TiB.
constexpr std::uint64_t kMostPieces = 1U << 24;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

unsigned char* bytesOf(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(int result) {
    if (result != 1)
        throw Error(ErrorCode::Internal, "AES-256-GCM is not available");
}

std::string bigEndian(std::uint64_t number, std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t at = size; at-- > 0; number >>= 8)
        text[at] = static_cast<char>(number & 0xff);
    return text;
}

std::uint32_t numberAt(std::string_view bytes, std::size_t at, std::size_t size) {
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
    return number;
}

/// The keys of one file: every file has its own salt, so that counters may begin at zero.
struct Keys {
    std::string seal, check;
    Keys(std::string_view passphrase, std::string_view salt, const KeyCost& cost) {
        std::string both(2 * kKeySize, '\0');
        const int result =
            argon2id_hash_raw(cost.passes, cost.memoryKiB, 1, passphrase.data(), passphrase.size(),
                              salt.data(), salt.size(), both.data(), both.size());
        if (result != ARGON2_OK)
            throw Error(ErrorCode::Unavailable, std::string("the passphrase can't be turned into a "
                                                            "key: ") +
                                                    argon2_error_message(result));
        seal = both.substr(0, kKeySize);
        check = both.substr(kKeySize);
        wipe(both);
    }
    ~Keys() {
        wipe(seal);
        wipe(check);
    }
    Keys(const Keys&) = delete;
    Keys& operator=(const Keys&) = delete;
};

/// Counter, and whether it is the last one: a piece can't stand for another, nor the end be moved
/// (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, 2015).
std::string nonceOf(std::uint64_t counter, bool isLast) {
    return bigEndian(counter, 11) + (isLast ? '\1' : '\0');
}

std::string headFor(const KeyCost& cost, std::string_view salt) {
    return std::string(kMagic) + bigEndian(kSealedVersion, 2) + bigEndian(cost.memoryKiB, 4) +
           bigEndian(cost.passes, 4) + std::string(salt) + std::string(8, '\0');
}

std::string checkOf(const Keys& keys, std::string_view head) {
    return hmacSha256(keys.check, head.substr(0, kCheckAt)).substr(0, kHeadSize - kCheckAt);
}

KeyCost costOf(std::string_view head) {
    if (head.size() < kHeadSize || !head.starts_with(kMagic))
        throw Error(ErrorCode::InvalidArgument, "this is not a backup of Trellis");
    const auto version = numberAt(head, kMagic.size(), 2);
    if (version > kSealedVersion)
        throw Error(ErrorCode::InvalidArgument,
                    "the backup has format " + std::to_string(version) + " of a newer version; this "
                    "program knows up to " + std::to_string(kSealedVersion));
    const KeyCost cost{numberAt(head, 16, 4), numberAt(head, 20, 4)};
    const bool isSane = version == kSealedVersion && cost.memoryKiB >= 8 && cost.passes >= 1 &&
                        cost.memoryKiB <= kMostMemoryKiB && cost.passes <= kMostPasses;
    if (!isSane)
        throw Error(ErrorCode::InvalidArgument, "the backup's head is damaged");
    return cost;
}

} // namespace

struct SealedSink::Impl {
    Impl(Sink& sink, std::string_view passphrase, const KeyCost& cost)
        : out(sink), salt(randomBytes(kSaltSize)), keys(passphrase, salt, cost),
          context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
        head = headFor(cost, salt);
        head += checkOf(keys, head);
        out.write(head);
    }

    void seal(std::string_view plain, bool isLast) {
        if (counter >= kMostPieces)
            throw Error(ErrorCode::Unavailable, "the backup is over 1 TiB");
        const auto nonce = nonceOf(counter++, isLast);
        std::string sealed(plain.size() + kTagSize, '\0');
        int size = 0;
        require(EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytesOf(keys.seal),
                                   bytesOf(nonce)));
        require(EVP_EncryptUpdate(context.get(), nullptr, &size, bytesOf(head),
                                  static_cast<int>(head.size())));
        require(EVP_EncryptUpdate(context.get(), bytesOf(sealed), &size, bytesOf(plain),
                                  static_cast<int>(plain.size())));
        require(EVP_EncryptFinal_ex(context.get(), bytesOf(sealed) + size, &size));
        require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                                    sealed.data() + plain.size()));
        out.write(sealed);
    }

    Sink& out;
    std::string salt;
    Keys keys;
    Cipher context;
    std::string head;
    std::string waiting; // always less than a piece after write(), or exactly one
    std::uint64_t counter = 0;
};

SealedSink::SealedSink(Sink& out, std::string_view passphrase, KeyCost cost) {
    if (passphrase.size() < kMinPassphrase)
        throw Error(ErrorCode::InvalidArgument, "the passphrase needs at least 12 characters");
    impl_ = std::make_unique<Impl>(out, passphrase, cost);
}

SealedSink::~SealedSink() = default;

void SealedSink::write(std::string_view bytes) {
    auto& waiting = impl_->waiting;
    while (!bytes.empty()) {
        if (waiting.size() == kPieceSize) { // more follows, so it is not the last
            impl_->seal(waiting, false);
            waiting.clear();
        }
        const auto count = std::min(bytes.size(), kPieceSize - waiting.size());
        waiting += bytes.substr(0, count);
        bytes.remove_prefix(count);
    }
}

void SealedSink::finish() {
    impl_->seal(impl_->waiting, true);
    impl_->waiting.clear();
}

struct SealedSource::Impl {
    Impl(Source& source, std::string_view passphrase) : in(source), head(readHead(source)),
          keys(passphrase, std::string_view(head).substr(24, kSaltSize), costOf(head)),
          context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free) {
        if (!equalInConstantTime(std::string_view(head).substr(kCheckAt), checkOf(keys, head)))
            throw Error(ErrorCode::Unauthenticated,
                        "wrong passphrase, or the backup's head is damaged");
        ahead = take();
    }

    static std::string readHead(Source& source) {
        std::string bytes(kHeadSize, '\0');
        bytes.resize(source.read(bytes.data(), bytes.size()));
        costOf(bytes);
        return bytes;
    }

    std::string take() {
        std::string bytes(kPieceSize + kTagSize, '\0');
        bytes.resize(in.read(bytes.data(), bytes.size()));
        return bytes;
    }

    /// A piece is the last one if nothing follows.
    void next() {
        const auto sealed = std::move(ahead);
        ahead = sealed.size() == kPieceSize + kTagSize ? take() : std::string();
        isLast = ahead.empty();
        if (sealed.size() < kTagSize || counter >= kMostPieces)
            damaged();
        const auto size = sealed.size() - kTagSize;
        const auto nonce = nonceOf(counter, isLast);
        plain.assign(size, '\0');
        at = 0;
        int count = 0;
        std::string tag = sealed.substr(size);
        require(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytesOf(keys.seal),
                                   bytesOf(nonce)));
        require(EVP_DecryptUpdate(context.get(), nullptr, &count, bytesOf(head),
                                  static_cast<int>(head.size())));
        require(EVP_DecryptUpdate(context.get(), bytesOf(plain), &count, bytesOf(sealed),
                                  static_cast<int>(size)));
        require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()));
        if (EVP_DecryptFinal_ex(context.get(), bytesOf(plain) + count, &count) != 1) {
            plain.clear();
            damaged();
        }
        ++counter;
    }

    [[noreturn]] void damaged() const {
        throw Error(ErrorCode::Conflict,
                    "the backup is damaged or truncated at byte " +
                        std::to_string(kHeadSize + counter * (kPieceSize + kTagSize)));
    }

    Source& in;
    std::string head;
    Keys keys;
    Cipher context;
    std::string ahead; // sealed bytes of the next piece
    std::string plain;
    std::size_t at = 0; // in plain
    std::uint64_t counter = 0;
    bool isLast = false;
};

SealedSource::SealedSource(Source& in, std::string_view passphrase)
    : impl_(std::make_unique<Impl>(in, passphrase)) {}
SealedSource::~SealedSource() = default;

std::size_t SealedSource::read(char* into, std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
        if (impl_->at == impl_->plain.size()) {
            if (impl_->isLast)
                break;
            impl_->next();
            continue;
        }
        const auto count = std::min(size - have, impl_->plain.size() - impl_->at);
        std::memcpy(into + have, impl_->plain.data() + impl_->at, count);
        impl_->at += count;
        have += count;
    }
    return have;
}

} // namespace trellis::store::backup
