#include <iostream>

#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>
#include <trellis/sdk/rights.hpp>

#include "core/api/audit_store.hpp"
#include "core/app/ctl/ctl.hpp"
#include "core/app/local_client.hpp"
#include "core/app/paths.hpp"
#include "core/app/settings.hpp"
#include "core/auth/offline.hpp"
#include "core/bus/worker_pool.hpp"
#include "core/store/settings.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;

/// The same record as of a running server's `user.add`.
void auditOffline(const std::filesystem::path& data, store::Database& database,
                  const model::User& user) {
    bus::WorkerPool pool({1, 100, "audit"});
    store::Settings settings(database, store::SecretBox::fromFile(store::secretKeyPath(data)));
    api::StoredAudit audit(database, pool, settings, api::audit::headPath(data));
    api::AuditRecord record;
    record.time = std::chrono::system_clock::now();
    record.domain = user.domain;
    record.command = "user.add";
    record.arguments = {{"name", user.name},
                        {"password", "***"},
                        {"email", user.email},
                        {"siteAdmin", user.isFullAdmin()},
                        {"offline", true}};
    record.result = "ok";
    audit.append(record);
    audit.flush();
}

int add(Context& context) {
    auth::NewAccount account;
    account.name = context.arguments.needWord("the new account's name");
    const bool isAdmin = context.arguments.flag("site-admin");
    account.siteRights = isAdmin ? sdk::site_right::kAdmin : 0;
    const auto email = context.arguments.option("email");
    account.email = email.value_or("");
    const bool fromInput = context.arguments.flag("password-stdin");
    context.arguments.finish();
    if (!fromInput) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "give the password on standard input, with --password-stdin");
    }
    account.password = readSecret(context);

    std::string id;
    account.domain = context.domain;
    const auto server = context.client();
    if (server.isServerRunning()) {
        const auto answer = server.call("user.add", {{"name", account.name},
                                                     {"password", account.password},
                                                     {"email", account.email},
                                                     {"siteAdmin", isAdmin}});
        id = answer.at("id").as_string();
    } else {
        ensureDataDirectory(context.data);
        requireTenant(context.data, context.configFile, context.domain);
        const auto note = [&](store::Database& database, const model::User& user) {
            auditOffline(context.data, database, user);
        };
        id = auth::userAdd(context.data, databaseUrl(context.data, context.configFile), account, note)
                 ->id;
    }
    if (context.asJson) {
        context.out << json::serialize(json::object{{"id", id}}) << '\n';
    } else {
        context.out << "added " << id << (isAdmin ? " (site administrator)" : "") << '\n';
    }
    return kOk;
}

int list(Context& context) {
    context.arguments.finish();
    const auto answer = context.client().call("user.list", {});
    if (context.asJson) {
        context.out << json::serialize(answer) << '\n';
        return kOk;
    }
    for (const auto& item : answer.at("users").as_array()) {
        context.out << std::string(item.at("name").as_string()) << '\t'
                    << std::string(item.at("id").as_string())
                    << (item.at("siteAdmin").as_bool() ? "\tsite administrator" : "") << '\n';
    }
    return kOk;
}

int remove(Context& context) {
    const auto name = context.arguments.needWord("the account's name");
    context.arguments.finish();
    context.client().call("user.remove", {{"name", name}});
    context.answer(json::object{{"name", name}}, "removed " + name + "\n");
    return kOk;
}

int clearFactors(Context& context) {
    const auto name = context.arguments.needWord("the account's name");
    context.arguments.finish();
    const auto answer = context.client().call("user.clearfactors", {{"name", name}});
    if (context.asJson) {
        context.out << json::serialize(answer) << '\n';
    } else {
        context.out << "removed " << json::serialize(answer.at("removed")) << " second factors of "
                    << name << "; the password alone signs in now\n";
    }
    return kOk;
}

int password(Context& context) {
    const auto name = context.arguments.needWord("the account's name");
    if (!context.arguments.flag("password-stdin")) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                         "give the password on standard input, with --password-stdin");
    }
    context.arguments.finish();
    context.client().call("user.password", {{"name", name}, {"password", readSecret(context)}});
    context.answer(json::object{{"name", name}},
                   "changed the password of " + name + "; its sessions were ended\n");
    return kOk;
}

}  // namespace

std::string readSecret(Context& context) {
    std::string line;
    std::getline(context.in, line);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) {
        throw sdk::Error(sdk::ErrorCode::InvalidArgument, "no password on standard input");
    }
    return line;
}

int user(Context& context) {
    const auto verb = context.arguments.needWord("add, list, remove, password or clearfactors");
    if (verb == "add") return add(context);
    if (verb == "list") return list(context);
    if (verb == "remove") return remove(context);
    if (verb == "password") return password(context);
    if (verb == "clearfactors") return clearFactors(context);
    throw sdk::Error(sdk::ErrorCode::InvalidArgument,
                     "user: expected add, list, remove, password or clearfactors, got \"" + verb + "\"");
}

}  // namespace trellis::app::ctl
