/// The certificates of MeshCentral's data folder. The agent server's key is what every agent trusts
/// (agent-protocol.md section 2.5), so it is taken as it is or nothing is.
#pragma once

#include "core/takeover/report.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace trellis::takeover {

/// Read and checked: each certificate with its key. Throws sdk::Error naming the file that is
/// missing, no PEM, protected by a passphrase, or not the certificate's key.
class Certificates {
public:
    /// `report`: what of the folder is left.
    Certificates(const std::filesystem::path& folder, Report& report);

    /// ServerID of the agents' settings files: upper-case hex of 48 bytes.
    const std::string& serverId() const noexcept { return serverId_; }
    /// Common name of the web certificate, "" if there is none.
    const std::string& webName() const noexcept { return webName_; }
    bool webIsOurs() const noexcept { return webIsOurs_; } ///< issued by the folder's own root

private:
    friend class CertificateMove;
    void take(const std::string& name);
    std::filesystem::path folder_;
    std::vector<std::string> files_; ///< names in the folder
    std::string serverId_, webName_;
    std::size_t taken_ = 0;
    bool webIsOurs_ = false;
};

/// Puts them in place of DATA/certs; what was there is kept beside it. Undone by the destructor
/// unless keep() was called.
class CertificateMove {
public:
    /// Writes DATA/certs.new (mode 0700, files 0600, on disk), then renames. Throws Unavailable.
    CertificateMove(const Certificates& certificates, const std::filesystem::path& data);
    ~CertificateMove();
    CertificateMove(const CertificateMove&) = delete;
    CertificateMove& operator=(const CertificateMove&) = delete;
    void keep() noexcept { isKept_ = true; }
    /// Where the folder's earlier certificates are, "" if there were none.
    const std::filesystem::path& earlier() const noexcept { return earlier_; }

private:
    std::filesystem::path target_, earlier_;
    bool isKept_ = false;
};

} // namespace trellis::takeover
