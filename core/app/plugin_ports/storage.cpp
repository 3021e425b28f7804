#include "core/app/plugin_ports/ports.hpp"
#include "core/store/migrations.hpp"
#include "core/store/poco_session.hpp"

namespace trellis::app {
namespace {

std::string keyOf(const std::string& owner, const std::string& name) {
    return "plugin." + owner + "." + name;
}

}  // namespace

void StoragePort::run(const std::function<void(Poco::Data::Session&)>& work) {
    database_.transaction([&](store::Session& session) {
        work(dynamic_cast<store::PocoSession&>(session).native());
    });
}

void StoragePort::migrate(const std::string& owner, const std::vector<sdk::Migration>& steps) {
    std::vector<store::Migration> own;
    for (const auto& step : steps) {
        own.push_back({static_cast<int>(step.version), step.summary, step.sqlite,
                       step.postgres.empty() ? step.sqlite : step.postgres});
    }
    store::migrate(database_, owner, own);
}

std::optional<std::string> StoragePort::secret(const std::string& owner, const std::string& name) {
    return settings_.getSecret(keyOf(owner, name));
}

void StoragePort::storeSecret(const std::string& owner, const std::string& name,
                              const std::string& value) {
    settings_.setSecret(keyOf(owner, name), value);
}

std::optional<sdk::Factor> StoragePort::factor(const std::string& userId, const std::string& name) {
    return factors_.get(userId, name);
}

void StoragePort::changeFactor(const std::string& userId, const std::string& name,
                               const std::function<void(sdk::Factor&)>& change, int messageId) {
    factors_.change(userId, name, change, messageId);
}

}  // namespace trellis::app
