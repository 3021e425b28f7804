/// Secret parameters at rest: AES-256-GCM (NIST SP 800-38D) with a key of the plugin's own, which
/// the server keeps encrypted outside of these tables.
#pragma once

#include <map>
#include <string>

namespace scripts {

using Secrets = std::map<std::string, std::string>;

class Sealer {
public:
    /// `key`: 32 bytes.
    explicit Sealer(std::string key);
    /// `context` is bound in: text sealed for one job does not open for another. Hexadecimal; ""
    /// for no secrets.
    std::string seal(const Secrets& secrets, const std::string& context) const;
    /// Throws Error{Internal} when it was changed or sealed with another key.
    Secrets open(const std::string& sealed, const std::string& context) const;

    static std::string newKeyHex();
    static std::string fromHex(const std::string& hex);

private:
    std::string key_;
};

/// `bytes` random bytes as hexadecimal text, for ids.
std::string randomHex(std::size_t bytes);

} // namespace scripts
