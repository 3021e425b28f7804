#include "core/takeover/certificates.hpp"

#include "core/auth/certificate_files.hpp"
#include "core/auth/certificate_maker.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/certificate.hpp>
#include <trellis/wire/text.hpp>

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace trellis::takeover {

namespace {

namespace fs = std::filesystem;
using sdk::Error;
using sdk::ErrorCode;

constexpr int kMaxChain = 8; // as auth::CertificateFiles reads

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
    throw Error(ErrorCode::Unavailable, path.string() + ": " + why);
}

void requirePair(const fs::path& folder, const std::string& name, const char* why) {
    const auth::CertificateFiles files(folder, name);
    const auto& missing = files.hasCertificate() ? files.keyPath() : files.certificatePath();
    if (!files.hasCertificate() || !files.hasKey())
        throw Error(ErrorCode::InvalidArgument, missing.string() + ": missing. " + why);
}

std::string systemReason() {
    return std::strerror(errno);
} // NOLINT(concurrency-mt-unsafe)

std::string contentOf(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    if (!in)
        fail(path, "can't be read");
    return text.str();
}

/// Complete and on disk, or an error.
void writePrivate(const fs::path& path, const std::string& text) {
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0)
        fail(path, "can't be written: " + systemReason());
    std::string_view rest = text;
    bool isGood = true;
    while (isGood && !rest.empty()) {
        const auto put = ::write(file, rest.data(), rest.size());
        isGood = put > 0;
        if (isGood)
            rest.remove_prefix(static_cast<std::size_t>(put));
    }
    isGood = isGood && ::fsync(file) == 0;
    const auto reason = systemReason();
    ::close(file);
    if (!isGood)
        fail(path, "can't be written: " + reason);
}

void syncFolder(const fs::path& folder) {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0)
        return;
    ::fsync(handle);
    ::close(handle);
}

} // namespace

Certificates::Certificates(const fs::path& folder, Report& report) : folder_(folder) {
    requirePair(folder, "root", "Without it no certificate can be issued.");
    requirePair(folder, "agentserver", "It is the identity that every agent trusts.");
    const auto agent = auth::CertificateFiles(folder, "agentserver").load();
    if (EVP_PKEY_get_base_id(agent.key.get()) != EVP_PKEY_RSA)
        fail(auth::CertificateFiles(folder, "agentserver").keyPath(), "is no RSA key");
    serverId_ = wire::encodeHex(wire::keyHash(agent.key.get()), wire::HexCase::Upper);
    const auto root = auth::CertificateFiles(folder, "root").load();
    take("root");
    take("agentserver");
    const auth::CertificateFiles web(folder, "webserver");
    if (web.hasCertificate() || web.hasKey()) {
        requirePair(folder, "webserver", "Remove the other half to have a new one made.");
        const auto loaded = web.load();
        webName_ = auth::commonName(loaded.certificate.get());
        webIsOurs_ = auth::isIssuedBy(loaded.certificate.get(), root.certificate.get());
        take("webserver");
    } else {
        report.left("certificate", "there is no web certificate; a new one is made", "webserver");
    }
    const auth::CertificateFiles mps(folder, "mpsserver");
    if (mps.hasCertificate() && mps.hasKey()) {
        (void)mps.load();
        take("mpsserver");
    }
    report.took("certificate with key", taken_);
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        const auto name = entry.path().filename().string();
        const bool isOther = name.ends_with("-cert-public.crt") &&
                             std::find(files_.begin(), files_.end(), name) == files_.end();
        if (isOther)
            report.left("certificate", "has no use here (code signing, other domains)", name);
    }
}

void Certificates::take(const std::string& name) {
    ++taken_;
    files_.push_back(name + "-cert-public.crt");
    files_.push_back(name + "-cert-private.key");
    for (int link = 1; link <= kMaxChain; ++link) {
        const auto chain = name + "-cert-chain" + std::to_string(link) + ".crt";
        if (!fs::exists(folder_ / chain))
            break;
        files_.push_back(chain);
    }
}

CertificateMove::CertificateMove(const Certificates& certificates, const fs::path& data)
    : target_(data / "certs") {
    const auto fresh = data / "certs.new";
    std::error_code problem;
    fs::remove_all(fresh, problem);
    if (::mkdir(fresh.c_str(), S_IRWXU) != 0)
        fail(fresh, "can't be made: " + systemReason());
    for (const auto& name : certificates.files_)
        writePrivate(fresh / name, contentOf(certificates.folder_ / name));
    syncFolder(fresh);
    if (fs::exists(target_)) {
        for (int number = 1; earlier_.empty() || fs::exists(earlier_); ++number)
            earlier_ = data / ("certs.before-import-" + std::to_string(number));
        fs::rename(target_, earlier_, problem);
        if (problem)
            fail(target_, "can't be moved: " + problem.message());
    }
    fs::rename(fresh, target_, problem);
    if (problem) {
        if (!earlier_.empty())
            fs::rename(earlier_, target_, problem);
        fail(target_, "can't be made: " + problem.message());
    }
    syncFolder(data);
}

CertificateMove::~CertificateMove() {
    if (isKept_)
        return;
    std::error_code ignored;
    fs::remove_all(target_, ignored);
    if (!earlier_.empty())
        fs::rename(earlier_, target_, ignored);
}

} // namespace trellis::takeover
