#include "core/app/records.hpp"

namespace trellis::app {
namespace {

std::unique_ptr<store::Database> openDatabase(const std::filesystem::path& data,
                                              const config::DatabaseSection& section) {
    store::DatabaseOptions options;
    options.url = section.url.empty() ? store::defaultUrl(data) : section.url;
    options.busyTimeout = section.busyTimeout;
    return store::Database::open(options);
}

/// The core's tables must stand before anything below reads them.
model::Directory& loaded(model::Directory& directory) {
    directory.load();
    return directory;
}

auth::SessionOptions sessionOptions(const config::LoginSection& section) {
    auth::SessionOptions options;
    if (section.sessionIdle.count() > 0) {
        options.idle = std::chrono::duration_cast<std::chrono::minutes>(section.sessionIdle);
    } else {
        options.idle = std::chrono::duration_cast<std::chrono::minutes>(section.sessionMax);
    }
    options.absolute = std::chrono::duration_cast<std::chrono::hours>(section.sessionMax);
    return options;
}

auth::ThrottleOptions throttleOptions(const config::LoginSection& section) {
    auth::ThrottleOptions options;
    options.perAddress = section.maxFailures;
    options.perAccount = section.maxFailures * std::size_t{2};
    options.window = std::chrono::duration_cast<std::chrono::minutes>(section.window);
    options.coolOff = std::chrono::duration_cast<std::chrono::minutes>(section.lock);
    return options;
}

auth::PasswordRules passwordRules(const config::LoginSection& section) {
    auth::PasswordRules rules;
    rules.min = section.passwordMinLength;
    return rules;
}

auth::TenantRuleMap tenantRules(const config::ServerConfig& config) {
    auth::TenantRuleMap all;
    for (const auto& [id, section] : config.domains) {
        auto& rules = all[id];
        rules.passwords = passwordRules(config.login);
        if (section.passwordMinLength != 0) rules.passwords.min = section.passwordMinLength;
        rules.maxAccounts = section.maxAccounts;
    }
    return all;
}

}  // namespace

Records::Records(const std::filesystem::path& data, const config::ServerConfig& config)
    : database(openDatabase(data, config.database)),
      settings(*database, store::SecretBox::fromFile(store::secretKeyPath(data))),
      directory(*database),
      events((loaded(directory), *database)),
      power(directory),
      sideDocuments(*database),
      sessions(*database, sessionOptions(config.login)),
      loginTokens(*database),
      apiTokens(*database, directory),
      throttle(throttleOptions(config.login)),
      rights(directory),
      logins(directory, events, throttle, loginTokens),
      accounts(directory, events, sessions, loginTokens, passwordRules(config.login),
               tenantRules(config)),
      factors(*database, settings.box(), directory, accounts),
      setupToken(settings, directory),
      urlTokens(settings) {
    sessions.load();
    loginTokens.load();
    urlTokens.setTokenLife([this](std::string_view user, std::string_view token) {
        return loginTokens.liveUntilMs(user, token);
    });
    apiTokens.load();
}

}  // namespace trellis::app
