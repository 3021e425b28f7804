#include "core/plugin/scaffold.hpp"

#include <cctype>
#include <fstream>
#include <string_view>

#include <trellis/sdk/error.hpp>

#include "core/plugin/scaffold_templates.hpp"

namespace trellis::plugin {
namespace {

using sdk::Error;
using sdk::ErrorCode;

void checkId(const std::string& id) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const bool isGood = !id.empty() && id.size() <= 32 && id.front() >= 'a' && id.front() <= 'z' &&
                        id.find_first_not_of(kAllowed) == std::string::npos;
    if (isGood) return;
    throw Error(ErrorCode::InvalidArgument,
                "\"" + id + "\" cannot be a plugin's id: expected a small letter, then at most 31 "
                            "small letters, digits or '_'",
                "/id");
}

/// "wake_on_lan" becomes "WakeOnLan".
std::string className(const std::string& id) {
    std::string name;
    bool isStart = true;
    for (const char c : id) {
        if (c == '_') {
            isStart = true;
            continue;
        }
        name += isStart ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        isStart = false;
    }
    return name;
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out;
    while (true) {
        const auto at = text.find(from);
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        out += to;
        text.remove_prefix(at + from.size());
    }
}

std::string forPlugin(std::string_view text, const std::string& id) {
    return replaced(replaced(text, "hello", id), "Hello", className(id));
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::error_code error;
    std::filesystem::create_directories(file.parent_path(), error);
    std::ofstream out(file, std::ios::binary);
    out << text;
    out.close();
    if (error || !out) {
        throw Error(ErrorCode::Unavailable,
                    file.string() + " cannot be written" +
                        (error ? ": " + error.message() : std::string()));
    }
}

}  // namespace

std::vector<std::string> scaffold(const std::string& id, const std::filesystem::path& folder) {
    checkId(id);
    std::error_code error;
    if (std::filesystem::exists(folder, error) && !std::filesystem::is_empty(folder, error)) {
        throw Error(ErrorCode::Conflict,
                    folder.string() + " exists and is not empty: choose another folder");
    }
    std::vector<std::string> made;
    for (const auto& file : scaffoldFiles()) {
        made.push_back(forPlugin(file.path, id));
        write(folder / made.back(), forPlugin(file.text, id));
    }
    return made;
}

}  // namespace trellis::plugin
