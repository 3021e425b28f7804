#include "core/auth/offline.hpp"

#include "core/store/instance_lock.hpp"

#include <trellis/sdk/error.hpp>

#include <sys/stat.h>

namespace trellis::auth {

namespace {

void makeFolder(const std::filesystem::path& folder) {
    std::error_code problem;
    if (std::filesystem::is_directory(folder, problem))
        return;
    std::filesystem::create_directories(folder, problem);
    if (problem)
        throw sdk::Error(sdk::ErrorCode::Unavailable,
                         "cannot make " + folder.string() + ": " + problem.message());
    ::chmod(folder.c_str(), 0700);
}

} // namespace

model::UserPtr userAdd(const std::filesystem::path& dataDirectory, const std::string& databaseUrl,
                       const NewAccount& account, const OfflineNote& note) {
    makeFolder(dataDirectory);
    const auto lock = store::InstanceLock::tryTake(dataDirectory);
    if (!lock)
        throw sdk::Error(sdk::ErrorCode::Conflict, "a server is running on " +
                                                       dataDirectory.string() +
                                                       "; it has to make the account itself");
    store::DatabaseOptions options;
    options.url = databaseUrl.empty() ? store::defaultUrl(dataDirectory) : databaseUrl;
    const auto database = store::Database::open(options);
    model::Directory directory(*database);
    directory.load();
    model::EventLog events(*database);
    Sessions sessions(*database);
    sessions.load();
    LoginTokens tokens(*database);
    AccountService accounts(directory, events, sessions, tokens);
    auto made = accounts.create(account, nullptr);
    if (note)
        note(*database, *made);
    return made;
}

} // namespace trellis::auth
