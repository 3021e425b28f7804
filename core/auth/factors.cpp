#include "core/auth/factors.hpp"

#include <trellis/sdk/error.hpp>

#include <algorithm>
#include <cctype>

namespace trellis::auth {

namespace {

using sdk::Error;
using sdk::ErrorCode;

std::string contextOf(std::string_view userId, std::string_view name) {
    return "factor:" + std::string(userId) + ":" + std::string(name);
}

void checkName(std::string_view name) {
    const bool isGood = !name.empty() && name.size() <= 32 &&
                        std::all_of(name.begin(), name.end(), [](unsigned char c) {
                            return std::isalnum(c) != 0 || c == '_';
                        });
    if (!isGood)
        throw Error(ErrorCode::InvalidArgument, "not the name of a second factor");
}

std::string readSecret(store::Session& session, const store::SecretBox& box,
                       std::string_view userId, std::string_view name) {
    std::string sealed;
    session.query("SELECT secret FROM second_factors WHERE user_id=? AND name=?",
                  {std::string(userId), std::string(name)},
                  [&](const store::Row& row) { sealed = row.text(0); });
    return sealed.empty() ? sealed : box.open(sealed, contextOf(userId, name));
}

model::UserPtr known(const model::Directory& directory, std::string_view userId) {
    auto user = directory.user(userId);
    if (user == nullptr)
        throw Error(ErrorCode::NotFound, "no such user", "/userid");
    return user;
}

model::FactorNote noteOf(const model::User& user, std::string_view name) {
    const auto found = user.factors.find(name);
    return found == user.factors.end() ? model::FactorNote{} : found->second;
}

} // namespace

void putFactor(store::Session& session, const store::SecretBox& box, std::string_view userId,
               std::string_view name, std::string_view secret) {
    checkName(name);
    if (secret.empty() || secret.size() > kMaxFactorBytes)
        throw Error(ErrorCode::InvalidArgument,
                    "the secret of a second factor has 1 to 65536 bytes");
    session.run(
        "INSERT INTO second_factors (user_id, name, secret) VALUES (?, ?, ?) "
        "ON CONFLICT (user_id, name) DO UPDATE SET secret=excluded.secret",
        {std::string(userId), std::string(name), box.seal(secret, contextOf(userId, name))});
}

Factors::Factors(store::Database& database, store::SecretBox box, model::Directory& directory,
                 AccountService& accounts)
    : database_(database), box_(std::move(box)), directory_(directory), accounts_(accounts) {}

std::optional<sdk::Factor> Factors::get(std::string_view userId, std::string_view name) const {
    const auto user = directory_.user(userId);
    if (user == nullptr)
        return std::nullopt;
    sdk::Factor found;
    database_.read([&](store::Session& in) { found.secret = readSecret(in, box_, userId, name); });
    if (found.secret.empty())
        return std::nullopt;
    const auto note = noteOf(*user, name);
    found.isDemanded = note.isDemanded;
    found.shown = note.shown;
    return found;
}

void Factors::change(std::string_view userId, std::string_view name,
                     const std::function<void(sdk::Factor&)>& change, int messageId) {
    checkName(name);
    const auto user = known(directory_, userId);
    const auto before = noteOf(*user, name);
    sdk::Factor factor{{}, before.isDemanded, before.shown};
    database_.transaction([&](store::Session& out) {
        factor.secret = readSecret(out, box_, userId, name);
        change(factor);
        if (!factor.secret.empty())
            putFactor(out, box_, userId, name, factor.secret);
    });
    if (!factor.secret.empty()) {
        note(userId, name, model::FactorNote{factor.isDemanded, factor.shown}, messageId);
        return;
    }
    note(userId, name, std::nullopt, messageId);
    database_.transaction([&](store::Session& out) {
        out.run("DELETE FROM second_factors WHERE user_id=? AND name=?",
                {std::string(userId), std::string(name)});
    });
}

void Factors::note(std::string_view userId, std::string_view name,
                   const std::optional<model::FactorNote>& note, int messageId) {
    const auto user = known(directory_, userId);
    const auto found = user->factors.find(name);
    const bool isSame = note ? found != user->factors.end() && found->second == *note
                             : found == user->factors.end();
    if (isSame && messageId == 0)
        return;
    const auto set = [&](model::User& record) {
        if (note)
            record.factors.insert_or_assign(std::string(name), *note);
        else
            record.factors.erase(std::string(name));
    };
    if (messageId == 0)
        directory_.updateUser(userId, set);
    else
        accounts_.edit(userId, set, user, messageId);
}

std::size_t Factors::clear(std::string_view userId, const model::UserPtr& actor) {
    std::size_t removed = known(directory_, userId)->factors.size();
    accounts_.edit(
        userId, [](model::User& user) { user.factors.clear(); }, actor);
    database_.transaction([&](store::Session& out) {
        const auto rows =
            out.run("DELETE FROM second_factors WHERE user_id=?", {std::string(userId)});
        removed = std::max(removed, rows);
    });
    return removed;
}

} // namespace trellis::auth
