// `call` and `completion`.
#include <fstream>
#include <iostream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <trellis/sdk/error.hpp>

#include "core/app/ctl/command_table.hpp"

namespace trellis::app::ctl {
namespace {

namespace json = boost::json;
using sdk::Error;
using sdk::ErrorCode;

constexpr std::size_t kMaxData = 16 * 1024 * 1024;

std::string readAll(std::istream& in, const std::string& what) {
    std::string text;
    char piece[4096];
    while (in.read(piece, sizeof piece), in.gcount() > 0) {
        text.append(piece, static_cast<std::size_t>(in.gcount()));
        if (text.size() > kMaxData) throw Error(ErrorCode::InvalidArgument, what + ": over 16 MiB");
    }
    return text;
}

json::object dataFrom(Context& context, const std::string& given) {
    std::string text = given;
    if (given == "-") {
        text = readAll(context.in, "standard input");
    } else if (given.starts_with('@')) {
        std::ifstream file(given.substr(1), std::ios::binary);
        if (!file) throw Error(ErrorCode::InvalidArgument, "--data: can't read " + given.substr(1));
        text = readAll(file, given.substr(1));
    }
    json::error_code failed;
    auto value = json::parse(text, failed);
    if (failed || !value.is_object()) {
        throw Error(ErrorCode::InvalidArgument, "--data: expected a JSON object");
    }
    return std::move(value.as_object());
}

/// A value that is JSON is taken as such, anything else as text.
json::value valueFrom(const std::string& text) {
    json::error_code failed;
    auto value = json::parse(text, failed);
    return failed ? json::value(text) : value;
}

}  // namespace

int call(Context& context) {
    const auto seconds =
        numberFrom(context.arguments.option("timeout").value_or("30"), 1, 3600, "--timeout");
    const auto data = context.arguments.option("data-json");
    const auto command = context.arguments.needWord("the command's name; see `call server.commands`");
    json::object arguments = data ? dataFrom(context, *data) : json::object();
    while (const auto word = context.arguments.word()) {
        const auto equals = word->find('=');
        if (equals == std::string::npos || equals == 0) {
            throw Error(ErrorCode::InvalidArgument, "expected NAME=VALUE, got \"" + *word + "\"");
        }
        arguments[word->substr(0, equals)] = valueFrom(word->substr(equals + 1));
    }
    context.arguments.finish();
    const auto answer = context.client().call(command, arguments, std::chrono::seconds(seconds));
    context.out << json::serialize(answer) << '\n';
    return kOk;
}

int completion(Context& context) {
    const auto shell = context.arguments.needWord("bash, zsh or fish");
    context.arguments.finish();
    const auto script = completionScript(shell);
    if (script.empty()) {
        throw Error(ErrorCode::InvalidArgument, "expected bash, zsh or fish, got \"" + shell + "\"");
    }
    context.answer(json::object{{"script", script}}, script);
    return kOk;
}

}  // namespace trellis::app::ctl
