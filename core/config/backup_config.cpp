#include "core/config/backup_config.hpp"

#include <boost/json/value_to.hpp>

namespace trellis::config {

BackupSection backupSection(const boost::json::object& values) {
    const auto& section = values.at("backup").as_object();
    const auto text = [&](const char* key) {
        return boost::json::value_to<std::string>(section.at(key));
    };
    BackupSection out;
    out.folder = text("folder");
    out.dailyAt = text("daily_at");
    out.every = std::chrono::hours(section.at("every_h").as_int64());
    out.keep = static_cast<std::uint32_t>(section.at("keep").as_int64());
    out.passphrase = text("passphrase");
    return out;
}

std::chrono::hours keepAudit(const boost::json::object& values) {
    return std::chrono::hours(24 * values.at("database").as_object().at("keep_audit_days").as_int64());
}

} // namespace trellis::config
