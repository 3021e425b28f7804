#include "core/store/settings.hpp"

#include "core/store/migrations.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <array>

namespace trellis::store {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxValue = 1024 * 1024;

constexpr std::string_view kTable = "CREATE TABLE settings ("
                                    "key TEXT PRIMARY KEY, "
                                    "is_secret BIGINT NOT NULL, "
                                    "value TEXT NOT NULL);";

constexpr std::string_view kUpsert =
    "INSERT INTO settings (key, is_secret, value) VALUES (?, ?, ?) "
    "ON CONFLICT (key) DO UPDATE SET is_secret=excluded.is_secret, value=excluded.value";

struct Found {
    bool isSecret = false;
    std::string value;
};

std::optional<Found> find(Session& session, std::string_view key) {
    std::optional<Found> found;
    session.query("SELECT is_secret, value FROM settings WHERE key=?", {std::string(key)},
                  [&](const Row& row) {
                      found = Found{row.flag(0), row.text(1)};
                  });
    return found;
}

std::optional<Found> find(const Database& database, std::string_view key) {
    std::optional<Found> found;
    database.read([&](Session& session) { found = find(session, key); });
    return found;
}

void checkKey(std::string_view key) {
    if (key.empty() || key.size() > 128)
        throw Error(ErrorCode::InvalidArgument, "a settings key has 1 to 128 characters");
}

void put(Session& session, std::string_view key, bool isSecret, std::string value) {
    session.run(kUpsert, {std::string(key), std::int64_t{isSecret}, std::move(value)});
}

std::string contextOf(std::string_view key) {
    return "setting:" + std::string(key);
}

} // namespace

Settings::Settings(Database& database, SecretBox box) : database_(database), box_(std::move(box)) {
    const std::array<Migration, 1> steps = {
        {{1, "settings", std::string(kTable), std::string(kTable)}}};
    migrate(database_, "store", steps);
}

std::optional<std::string> Settings::get(std::string_view key) const {
    const auto found = find(database_, key);
    if (!found)
        return {};
    if (found->isSecret)
        throw Error(ErrorCode::Conflict, "setting " + std::string(key) + " is a secret");
    return found->value;
}

void Settings::set(std::string_view key, std::string_view value) {
    checkKey(key);
    if (value.size() > kMaxValue)
        throw Error(ErrorCode::InvalidArgument, "setting " + std::string(key) + " is over 1 MiB");
    database_.transaction([&](Session& session) { put(session, key, false, std::string(value)); });
}

std::optional<std::string> Settings::getSecret(std::string_view key) const {
    const auto found = find(database_, key);
    if (!found)
        return {};
    if (!found->isSecret)
        throw Error(ErrorCode::Conflict, "setting " + std::string(key) + " is not a secret");
    return box_.open(found->value, contextOf(key));
}

void Settings::setSecret(std::string_view key, std::string_view value) {
    checkKey(key);
    if (value.size() > kMaxValue)
        throw Error(ErrorCode::InvalidArgument, "setting " + std::string(key) + " is over 1 MiB");
    database_.transaction([&](Session& session) { putSecret(session, box_, key, value); });
}

void Settings::putSecret(Session& session, const SecretBox& box, std::string_view key,
                         std::string_view value) {
    checkKey(key);
    put(session, key, true, box.seal(value, contextOf(key)));
}

std::string Settings::secretOrRandom(std::string_view key, std::size_t size) {
    checkKey(key);
    std::string result;
    database_.transaction([&](Session& session) {
        if (const auto found = find(session, key)) {
            if (!found->isSecret)
                throw Error(ErrorCode::Conflict,
                            "setting " + std::string(key) + " is not a secret");
            result = box_.open(found->value, contextOf(key));
            return;
        }
        result = randomBytes(size);
        put(session, key, true, box_.seal(result, contextOf(key)));
    });
    return result;
}

bool Settings::remove(std::string_view key) {
    std::size_t removed = 0;
    database_.transaction([&](Session& session) {
        removed = session.run("DELETE FROM settings WHERE key=?", {std::string(key)});
    });
    return removed != 0;
}

} // namespace trellis::store
