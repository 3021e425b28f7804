/// Every password that comes in at any door is checked here.
#pragma once

#include "core/auth/login_tokens.hpp"
#include "core/auth/throttle.hpp"
#include "core/model/directory.hpp"
#include "core/model/event_log.hpp"

#include <functional>
#include <string>

namespace trellis::auth {

enum class Door : std::uint8_t { Form = 1, WebSocket, Api };

enum class LoginResult : std::uint8_t {
    Granted = 1,
    WrongSecret,       ///< also: no such user
    Locked,            ///< right secret, locked account
    Throttled,         ///< too many failures; the secret was not looked at
    NeedsSecondFactor, ///< right secret, no token given
    WrongSecondFactor,
    NeedsNewPassword, ///< right secret, but it must be changed; only at the form
    ToolsRefused,     ///< site right 128 at the WebSocket door (`notools`)
    /// Right secret, but the account has a second factor that nothing here can check (its plugin is
    /// off, or it came from another server): refused until an administrator clears it.
    SecondFactorUnavailable,
};

struct LoginAttempt {
    std::string domain{};
    std::string userName{}; ///< any case; "~t:..." is a login token
    std::string secret{};
    std::string secondFactor{}; ///< what the user typed or the client sent, "" if none
    std::string address{};      ///< without port
    std::string userAgent{};
    Door door = Door::Form;
    bool offersNewPassword = false; ///< the form came with one, should it be needed
};

struct LoginOutcome {
    LoginResult result = LoginResult::WrongSecret;
    model::UserPtr user;    ///< set unless WrongSecret or Throttled. Only Granted lets anyone in.
    std::string loginToken; ///< name of the login token that was used
    std::int64_t tokenExpiresMs = 0; ///< when that token expires, 0: never
    std::string twoFactorType;
    std::chrono::seconds retryAfter{0}; ///< when Throttled
};

enum class SecondFactor : std::uint8_t { NotNeeded = 1, Accepted, Missing, Wrong };

struct SecondFactorAnswer {
    SecondFactor factor = SecondFactor::NotNeeded;
    std::string type; ///< `twoFactorType` of section 1.2
};

/// Any thread, blocks for the password hash: worker pool. Whatever is wrong, the caller waits for
/// one argon2id, so that an unknown name and a wrong password take the same time. Failures are
/// counted by the throttle and recorded as `authfail`, successes as `login`.
class LoginService {
public:
    /// Asked after the password was right. Throwing refuses the login.
    using SecondFactorCheck =
        std::function<SecondFactorAnswer(const model::User&, const LoginAttempt&)>;

    LoginService(model::Directory& directory, model::EventLog& events, Throttle& throttle,
                 LoginTokens& tokens);
    void setSecondFactorCheck(SecondFactorCheck check); ///< before the first login
    LoginOutcome login(const LoginAttempt& attempt);
    /// For doors that check something else (a token in a URL): blocked or not, and a failure to
    /// count.
    ThrottleAnswer throttled(std::string_view address) const;
    void countFailure(std::string_view address);

private:
    LoginOutcome decide(const LoginAttempt& attempt);
    LoginOutcome checkLoginToken(const LoginAttempt& attempt);
    LoginOutcome afterSecret(const LoginAttempt& attempt, const model::UserPtr& user);
    void upgrade(const model::User& user, const LoginAttempt& attempt);
    void granted(const LoginAttempt& attempt, LoginOutcome& outcome);
    void refused(const LoginAttempt& attempt, const LoginOutcome& outcome);

    model::Event eventOf(const LoginAttempt& attempt, const LoginOutcome& outcome,
                         std::string action) const;

    model::Directory& directory_;
    model::EventLog& events_;
    Throttle& throttle_;
    LoginTokens& tokens_;
    SecondFactorCheck secondFactor_;
};

} // namespace trellis::auth
