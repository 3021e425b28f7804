#include "core/auth/certificate_files.hpp"

#include <trellis/sdk/error.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

namespace trellis::auth {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxFile = 64 * 1024;
constexpr int kMaxChain = 8;

struct FreeBio {
    void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
    ERR_clear_error();
    throw sdk::Error(sdk::ErrorCode::Unavailable, path.string() + ": " + why);
}

std::string systemReason() { return std::strerror(errno); } // NOLINT(concurrency-mt-unsafe)

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const noexcept { return fd_; }

private:
    int fd_;
};

std::string readFile(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) fail(path, "can't be read: " + systemReason());
    std::string out(kMaxFile + 1, '\0');
    std::size_t used = 0;
    while (used < out.size()) {
        const auto got = ::read(file.get(), out.data() + used, out.size() - used);
        if (got < 0) fail(path, "can't be read: " + systemReason());
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    if (used > kMaxFile) fail(path, "is larger than 64 KiB, so it is no certificate or key");
    out.resize(used);
    return out;
}

void syncFolder(const fs::path& folder) {
    const Descriptor handle(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (handle.get() >= 0) ::fsync(handle.get());
}

/// Complete and on disk under this name, or an error.
void writeFile(const fs::path& path, std::string_view text) {
    const Descriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0) fail(path, "can't be written: " + systemReason());
    bool ok = ::fchmod(file.get(), S_IRUSR | S_IWUSR) == 0;
    while (ok && !text.empty()) {
        const auto put = ::write(file.get(), text.data(), text.size());
        ok = put > 0;
        if (ok) text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (ok && ::fsync(file.get()) == 0) return;
    const std::string reason = systemReason();
    ::unlink(path.c_str());
    fail(path, "can't be written: " + reason);
}

void renameFile(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "can't be replaced: " + systemReason());
}

std::string pemOf(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pemOf(X509* certificate) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || PEM_write_bio_X509(bio.get(), certificate) != 1) {
        throw std::runtime_error("OpenSSL could not write PEM");
    }
    return pemOf(bio.get());
}

std::string pemOf(EVP_PKEY* key) {
    const BioPtr bio(BIO_new(BIO_s_secmem()));
    if (!bio || PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        throw std::runtime_error("OpenSSL could not write PEM");
    }
    return pemOf(bio.get());
}

/// Without it OpenSSL would ask for a passphrase on the terminal.
int noPassphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

} // namespace

CertificateFiles::CertificateFiles(fs::path folder, std::string name)
    : folder_(std::move(folder)), name_(std::move(name)) {}

fs::path CertificateFiles::certificatePath() const { return folder_ / (name_ + "-cert-public.crt"); }
fs::path CertificateFiles::keyPath() const { return folder_ / (name_ + "-cert-private.key"); }
bool CertificateFiles::hasCertificate() const { return fs::exists(certificatePath()); }
bool CertificateFiles::hasKey() const { return fs::exists(keyPath()); }

CertificateFiles::Loaded CertificateFiles::load() const {
    Loaded out;
    out.chainPem = readFile(certificatePath());
    for (int link = 1; link <= kMaxChain; ++link) {
        const auto path = folder_ / (name_ + "-cert-chain" + std::to_string(link) + ".crt");
        if (!fs::exists(path)) break;
        if (!out.chainPem.empty() && out.chainPem.back() != '\n') out.chainPem += '\n';
        out.chainPem += readFile(path);
    }
    const BioPtr chain(BIO_new_mem_buf(out.chainPem.data(), static_cast<int>(out.chainPem.size())));
    out.certificate.reset(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    if (!out.certificate) fail(certificatePath(), "holds no PEM certificate");
    out.keyPem = readFile(keyPath());
    bool asked = false;
    const BioPtr key(BIO_new_mem_buf(out.keyPem.data(), static_cast<int>(out.keyPem.size())));
    out.key.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, &noPassphrase, &asked));
    if (asked) fail(keyPath(), "is protected by a passphrase; store the key without one");
    if (!out.key) fail(keyPath(), "holds no PEM private key");
    if (X509_check_private_key(out.certificate.get(), out.key.get()) != 1) {
        fail(keyPath(), "is not the key of " + certificatePath().filename().string());
    }
    return out;
}

fs::path CertificateFiles::nextOf(const fs::path& path) const { return path.string() + ".new"; }

void CertificateFiles::store(const KeyAndCertificate& pair) const {
    std::string key = pemOf(pair.key.get());
    const auto wipe = [&key] { OPENSSL_cleanse(key.data(), key.size()); };
    try {
        writeFile(nextOf(keyPath()), key);
        writeFile(nextOf(certificatePath()), pemOf(pair.certificate.get()));
    } catch (...) {
        wipe();
        std::error_code ignored;
        fs::remove(nextOf(keyPath()), ignored);
        throw;
    }
    wipe();
    renameFile(nextOf(keyPath()), keyPath());
    renameFile(nextOf(certificatePath()), certificatePath());
    syncFolder(folder_);
}

void CertificateFiles::recover() const {
    std::error_code ignored;
    const bool hasNewKey = fs::exists(nextOf(keyPath()), ignored);
    const bool hasNewCertificate = fs::exists(nextOf(certificatePath()), ignored);
    if (hasNewCertificate && !hasNewKey) {
        renameFile(nextOf(certificatePath()), certificatePath());
        return;
    }
    fs::remove(nextOf(keyPath()), ignored);
    fs::remove(nextOf(certificatePath()), ignored);
}

} // namespace trellis::auth
