#include "core/auth/server_certificates.hpp"

#include "core/auth/certificate_files.hpp"

#include <trellis/sdk/error.hpp>
#include <trellis/wire/text.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <future>

namespace trellis::auth {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxPast = 8;

CertificateFiles rootFiles(const fs::path& folder) { return {folder, "root"}; }
CertificateFiles webFiles(const fs::path& folder) { return {folder, "webserver"}; }
CertificateFiles agentFiles(const fs::path& folder) { return {folder, "agentserver"}; }
CertificateFiles mpsFiles(const fs::path& folder) { return {folder, "mpsserver"}; }

[[noreturn]] void refuse(const std::string& text) {
    throw sdk::Error(sdk::ErrorCode::Unavailable, text);
}

std::future<wire::KeyPtr> keyLater(unsigned bits) {
    return std::async(std::launch::async, [bits] { return makeRsaKey(bits); });
}

wire::Hash legacyKeyHash(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PublicKey(key, &der);
    wire::Hash out{};
    const bool ok = size > 0 && EVP_Digest(der, static_cast<std::size_t>(size),
                                           reinterpret_cast<unsigned char*>(out.data()), nullptr,
                                           EVP_sha256(), nullptr) == 1;
    OPENSSL_free(der);
    if (!ok) refuse("the agent-server key can't be hashed");
    return out;
}

/// Marks a first start that is under way; holds the names of the pairs being made. Without it a power
/// cut in between would look like lost keys.
fs::path markerPath(const fs::path& folder) { return folder / "unfinished"; }

void removeUnfinished(const fs::path& folder) {
    std::ifstream marker(markerPath(folder));
    if (!marker) return;
    for (std::string name; std::getline(marker, name);) {
        if (name.empty() || name.find('/') != std::string::npos) continue;
        const CertificateFiles files(folder, name);
        std::error_code ignored;
        fs::remove(files.keyPath(), ignored);
        fs::remove(files.certificatePath(), ignored);
    }
    fs::remove(markerPath(folder));
}

void markUnfinished(const fs::path& folder, const std::vector<std::string>& names) {
    std::ofstream marker(markerPath(folder));
    for (const auto& name : names) marker << name << '\n';
    marker.close();
    if (!marker) refuse(markerPath(folder).string() + ": can't be written");
}

std::array<std::byte, 32> sha256(wire::ByteView bytes) {
    std::array<std::byte, 32> out{};
    EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(out.data()), nullptr,
               EVP_sha256(), nullptr);
    return out;
}

WebFacts factsOf(X509* certificate, X509* root) {
    WebFacts out;
    unsigned char* spki = nullptr;
    const int size = i2d_PUBKEY(X509_get0_pubkey(certificate), &spki);
    if (size > 0) {
        const wire::ByteView der(reinterpret_cast<const std::byte*>(spki),
                                 static_cast<std::size_t>(size));
        out.keyPin = "sha256//" + wire::encodeBase64(sha256(der));
    }
    OPENSSL_free(spki);
    const auto digits = wire::encodeHex(sha256(wire::derOf(certificate)), wire::HexCase::Upper);
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        if (at != 0) out.fingerprint += ':';
        out.fingerprint += digits.substr(at, 2);
    }
    std::tm end{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1) {
        out.expiresMs = static_cast<std::int64_t>(::timegm(&end)) * 1000;
    }
    out.isOurs = isIssuedBy(certificate, root);
    return out;
}

/// What is there when some of the files aren't. A pair with half of it missing is an accident that only
/// the admin can repair, except for pairs that may be made anew at any time.
void checkComplete(const CertificateFiles& files, const std::string& consequence) {
    if (files.hasCertificate() == files.hasKey()) return;
    const auto missing = files.hasKey() ? files.certificatePath() : files.keyPath();
    refuse(missing.string() + ": missing, while its other half is there. Restore it from a backup. " +
           consequence);
}

} // namespace

std::shared_ptr<ServerCertificates> ServerCertificates::open(const CertificateOptions& options,
                                                             sdk::Log& log) {
    std::shared_ptr<ServerCertificates> out(new ServerCertificates(options, log));
    try {
        out->openAll();
    } catch (const sdk::Error&) {
        throw;
    } catch (const std::exception& reason) {
        refuse(options.folder.string() + ": " + reason.what());
    }
    return out;
}

ServerCertificates::ServerCertificates(CertificateOptions options, sdk::Log& log)
    : options_(std::move(options)), log_(log) {}

void ServerCertificates::makeFolder() {
    std::error_code error;
    fs::create_directories(options_.folder, error);
    if (!fs::is_directory(options_.folder)) {
        refuse(options_.folder.string() + ": can't be made: " + error.message());
    }
    ::chmod(options_.folder.c_str(), S_IRWXU);
}

void ServerCertificates::openAll() {
    makeFolder();
    for (const auto& files : {rootFiles(options_.folder), webFiles(options_.folder),
                              agentFiles(options_.folder), mpsFiles(options_.folder)}) {
        files.recover();
    }
    makeMissing();

    auto agent = agentFiles(options_.folder).load();
    if (EVP_PKEY_get_base_id(agent.key.get()) != EVP_PKEY_RSA) {
        refuse(agentFiles(options_.folder).keyPath().string() +
               ": is no RSA key, which agents need for their server's identity");
    }
    serverId_ = wire::keyHash(agent.key.get());
    legacyServerId_ = legacyKeyHash(agent.key.get());
    agentServerDer_ = wire::derOf(agent.certificate.get());
    agentServerKey_ = std::move(agent.key);
    rootPem_ = rootFiles(options_.folder).load().chainPem;

    renameServer(options_.serverName);
    web_ = std::make_shared<const Web>(readWeb());
    const auto mps = mpsFiles(options_.folder).load();
    mps_ = {mps.chainPem, mps.keyPem};
}

void ServerCertificates::makeMissing() {
    removeUnfinished(options_.folder);
    const auto root = rootFiles(options_.folder);
    const auto web = webFiles(options_.folder);
    const auto agent = agentFiles(options_.folder);
    const auto mps = mpsFiles(options_.folder);
    checkComplete(root, "Without it no certificate can be issued.");
    checkComplete(agent, "It is the identity that every agent trusts; it can't be made again.");
    checkComplete(web, "Remove both to have a new one made.");
    checkComplete(mps, "Remove both to have a new one made.");
    if (root.hasKey() != agent.hasKey()) {
        const auto& lost = root.hasKey() ? agent : root;
        refuse(lost.keyPath().string() + ": missing. Agents trust only the keys of the first start, so it "
                                         "can't be made again: restore it from a backup.");
    }
    Wanted wanted{!root.hasKey(), !web.hasKey(), !mps.hasKey()};
    if (wanted.identity || wanted.web || wanted.mps) make(wanted);
}

void ServerCertificates::make(const Wanted& wanted) {
    const auto root = rootFiles(options_.folder);
    const unsigned bits = options_.strength == KeyStrength::Rsa2048 ? 2048 : 3072;
    // All at once: finding the primes is nearly the whole time of a first start.
    std::future<wire::KeyPtr> rootKey, webKey, agentKey, mpsKey;
    if (wanted.identity) {
        rootKey = keyLater(bits);
        agentKey = keyLater(bits);
        std::vector<std::string> names{"root", "agentserver"};
        if (wanted.web) names.emplace_back("webserver");
        if (wanted.mps) names.emplace_back("mpsserver");
        markUnfinished(options_.folder, names);
    }
    if (wanted.web) webKey = keyLater(bits);
    if (wanted.mps) mpsKey = keyLater(2048);

    KeyAndCertificate issuer;
    if (wanted.identity) {
        issuer = makeRoot(rootKey.get());
        root.store(issuer);
        agentFiles(options_.folder).store(makeAgentServer(agentKey.get(), issuer));
    } else {
        auto loaded = root.load();
        issuer = {std::move(loaded.key), std::move(loaded.certificate)};
    }
    if (wanted.web) {
        webFiles(options_.folder).store(makeWeb(webKey.get(), issuer, options_.serverName));
    }
    if (wanted.mps) {
        mpsFiles(options_.folder).store(makeMps(mpsKey.get(), issuer, options_.serverName));
    }
    fs::remove(markerPath(options_.folder));
    log_.info("certificates made", {{"folder", options_.folder.string()},
                                    {"name", options_.serverName},
                                    {"key_bits", bits}});
}

void ServerCertificates::renameServer(const std::string& serverName) {
    auto root = rootFiles(options_.folder).load();
    const KeyAndCertificate issuer{std::move(root.key), std::move(root.certificate)};
    const auto files = webFiles(options_.folder);
    const auto current = files.load();
    if (!isIssuedBy(current.certificate.get(), issuer.certificate.get())) return; // the admin's own
    if (commonName(current.certificate.get()) == serverName) return;
    auto webKey = keyLater(options_.strength == KeyStrength::Rsa2048 ? 2048 : 3072);
    auto mpsKey = keyLater(2048);
    files.store(makeWeb(webKey.get(), issuer, serverName));
    mpsFiles(options_.folder).store(makeMps(mpsKey.get(), issuer, serverName));
    log_.info("web certificate made for the server's new name", {{"name", serverName}});
}

ServerCertificates::Web ServerCertificates::readWeb() const {
    const auto loaded = webFiles(options_.folder).load();
    const auto key = wire::keyHash(loaded.certificate.get());
    if (!key) refuse(webFiles(options_.folder).certificatePath().string() + ": has an unknown key");
    const auto root = rootFiles(options_.folder).load();
    return {{loaded.chainPem, loaded.keyPem},
            {wire::fullHash(loaded.certificate.get()), *key},
            factsOf(loaded.certificate.get(), root.certificate.get())};
}

bool ServerCertificates::reload(const std::string& serverName) {
    const std::scoped_lock turn(reloading_); // keys may have to be made: readers must not wait for that
    renameServer(serverName);
    auto fresh = std::make_shared<const Web>(readWeb());
    const auto mps = mpsFiles(options_.folder).load();

    const std::scoped_lock lock(mutex_);
    mps_ = {mps.chainPem, mps.keyPem};
    if (fresh->pair.chainPem == web_->pair.chainPem) return false;
    if (fresh->hashes.full != web_->hashes.full) {
        past_.push_back(web_->hashes);
        if (past_.size() > kMaxPast) past_.erase(past_.begin());
    }
    web_ = std::move(fresh);
    return true;
}

net::CertificatePair ServerCertificates::web() const {
    const std::scoped_lock lock(mutex_);
    return web_->pair;
}

net::CertificatePair ServerCertificates::mps() const {
    const std::scoped_lock lock(mutex_);
    return mps_;
}

std::string ServerCertificates::rootPem() const { return rootPem_; }

WebHashes ServerCertificates::webHashes() const {
    const std::scoped_lock lock(mutex_);
    return web_->hashes;
}

bool ServerCertificates::isOurWebHash(const wire::Hash& hash) const {
    const std::scoped_lock lock(mutex_);
    return web_->hashes.contains(hash) ||
           std::any_of(past_.begin(), past_.end(),
                       [&](const WebHashes& past) { return past.contains(hash); });
}

WebFacts ServerCertificates::webFacts() const {
    const std::scoped_lock lock(mutex_);
    return web_->facts;
}

std::string ServerCertificates::webHashHex() const {
    return wire::encodeHex(webHashes().full, wire::HexCase::Lower);
}

wire::Bytes ServerCertificates::signHandshake(const wire::Hash& hash, const wire::Nonce& first,
                                              const wire::Nonce& second) const {
    return wire::signHandshake(agentServerKey_.get(), hash, first, second);
}

wire::Bytes ServerCertificates::signAsServer(wire::ByteView data) const {
    return wire::signSha384(agentServerKey_.get(), data);
}

} // namespace trellis::auth
