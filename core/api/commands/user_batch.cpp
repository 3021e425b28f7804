// Several accounts at once (control-protocol 3.1, adduserbatch).
#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"

namespace trellis::api {

namespace {

// Each account costs one argon2id, and the caller's next command waits for all of them.
constexpr std::int64_t kMostAtOnce = 500;
constexpr sdk::Seconds kTimeout{300};

std::vector<auth::NewAccount> accountsFrom(const sdk::Request& request, const json::object& args) {
    std::vector<auth::NewAccount> accounts;
    for (const auto& item : args.at("users").as_array()) {
        const auto& one = item.as_object();
        auth::NewAccount account;
        account.domain = request.caller.domain;
        account.name = textOf(one, "user");
        account.password = textOf(one, "pass");
        account.email = textOf(one, "email");
        account.isEmailVerified = flagOf(one, "emailVerified");
        account.realName = textOf(one, "realname");
        account.mustChangePassword = flagOf(one, "resetNextLogin");
        accounts.push_back(std::move(account));
    }
    return accounts;
}

void addUsers(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "Access denied");
    const auto accounts = accountsFrom(request, call.args());
    try {
        for (const auto& account : accounts) {
            set.context.accounts.check(account);
            if (account.password.empty())
                throw Error(ErrorCode::InvalidArgument, "Invalid password", "/users");
        }
        const auto actor = actorOf(set.context, request);
        for (const auto& account : accounts) {
            if (set.context.directory.userByName(account.domain, account.name))
                continue; // existing names are skipped
            if (sdk::Clock::now() >= request.deadline)
                throw Error(ErrorCode::DeadlineExceeded, "Too many users at once");
            set.context.accounts.create(account, actor);
        }
    } catch (const Error& error) {
        rethrowForWire(error);
    }
    call.result("ok");
}

} // namespace

void addUserBatchCommand(CommandSet& set) {
    // Lengths of names and passwords are checked with the accounts, whose errors have their texts.
    const auto user = wireArgs()
                          .prop("user", Schema::string().range(0, 1024), "Login name.")
                          .prop("pass", Schema::string().range(0, 1024).secret(), "Password.")
                          .prop("email", Schema::string().range(0, 2048), "Mail address.")
                          .prop("emailVerified", Schema::boolean(), "The address needs no check.")
                          .prop("realname", lineText(0, 256), "Real name.")
                          .prop("resetNextLogin", Schema::boolean(), "Ask for a new password.")
                          .required({"user"}); // without "pass": refused with the wire's text
    WireSpec spec;
    spec.command.name = "adduserbatch";
    spec.command.summary = "Makes several accounts; names that exist are skipped.";
    spec.command.args =
        wireArgs()
            .prop("users", Schema::array(user).range(1, kMostAtOnce), "The accounts.")
            .required({"users"});
    spec.command.requires_ = {sdk::Scope::Site, sdk::site_right::kManageUsers, 0, ""};
    spec.command.audited = true;
    spec.command.timeout = kTimeout;
    spec.fieldTexts = {{"users", "Invalid users"}};
    set.wire(std::move(spec), [&set](const WireCall& call) { addUsers(set, call); });
}

} // namespace trellis::api
