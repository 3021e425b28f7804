/// The server's log: one line per fact, a fixed text plus `key=value` fields.
///
///     auto& log = telemetry::log("relay");
///     log.warning("peer stalled", {{"tunnel", id}, {"queued_bytes", queued}});
///
/// Lines go through Poco's logging to standard error (or a file) on a thread of their own, so that
/// writing one never blocks an I/O loop; at most 8,192 wait, later ones are dropped.
#pragma once

#include <string>
#include <string_view>

#include <trellis/sdk/log.hpp>

namespace trellis::telemetry {

enum class LogLevel : std::uint8_t { Error = 1, Warning, Info, Debug };

struct LogSettings {
    LogLevel level = LogLevel::Info;
    std::string file;  ///< "" writes to standard error
};

/// Opens the log. Before it is called lines go to standard error directly, without a queue. Call it
/// again to change level or file (also to reopen a rotated file). Throws Poco::Exception if the file
/// can't be opened.
void openLog(const LogSettings& settings);
/// Writes what is queued and goes back to direct output. Idempotent.
void closeLog();
/// "error", "warning", "info" or "debug"; throws sdk::Error{InvalidArgument} for anything else.
LogLevel logLevelFromName(std::string_view name);

/// The named logger; lives as long as the process. Any thread.
sdk::Log& log(const std::string& name);

/// Text and fields as one line. Control characters and invalid UTF-8 of outside text are escaped,
/// each value is cut at 512 bytes.
std::string formatLine(std::string_view text, sdk::Fields fields);

}  // namespace trellis::telemetry
