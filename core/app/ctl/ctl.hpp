/// `trellisctl`: one function per group of commands.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "core/app/arguments.hpp"
#include "core/app/local_client.hpp"

namespace trellis::app::ctl {

/// Exit statuses (sysexits.h where it has one).
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 64;
inline constexpr int kNotFound = 66;
inline constexpr int kUnavailable = 69;
inline constexpr int kConflict = 73;
inline constexpr int kTryLater = 75;
inline constexpr int kDenied = 77;
inline constexpr int kConfig = 78;

struct Context {
    Arguments& arguments;
    std::filesystem::path data;
    std::filesystem::path configFile;
    bool asJson = false;
    std::istream& in;
    std::ostream& out;
    std::ostream& err;
    std::optional<RemoteTarget> remote{}; ///< --url
    std::string domain{};                 ///< tenant that the command is about, "" the default one
    bool isFollowing = false; ///< --watch, for a command that goes on printing what comes

    /// The server that the command is about.
    LocalClient client() const { return remote ? LocalClient(*remote) : LocalClient(data, domain); }
    /// The answer: as JSON when that was asked for, else as text, which ends its lines itself.
    void answer(const boost::json::value& json, const std::string& text) const;
};

int user(Context&);
int group(Context&);
int device(Context&);
int plugin(Context&);
int config(Context&);
int server(Context&);
int database(Context&);
int takeOver(Context&);
int auditTrail(Context&);
int backups(Context&);
int restore(Context&);
int token(Context&);
int call(Context&);
int completion(Context&);
int why(Context&);

/// A password from standard input: its first line, without the line end.
std::string readSecret(Context&);

}  // namespace trellis::app::ctl
