/// `trellisctl`: one function per group of commands.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "core/app/arguments.hpp"

namespace trellis::app::ctl {

/// Exit statuses (sysexits.h where it has one).
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 64;
inline constexpr int kUnavailable = 69;
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
};

int user(Context&);
int group(Context&);
int device(Context&);
int plugin(Context&);
int config(Context&);
int server(Context&);
int database(Context&);

/// A password from standard input: its first line, without the line end.
std::string readSecret(Context&);

}  // namespace trellis::app::ctl
