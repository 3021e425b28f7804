#include <trellis/sdk/options.hpp>

#include <utility>

namespace trellis::sdk {

namespace {

[[noreturn]] void wrongType(std::string_view path, const char* type) {
    throw Error(ErrorCode::Internal,
                "option \"" + std::string(path) + "\" is not " + type + " in the plugin's schema");
}

} // namespace

Options::~Options() = default;

std::int64_t Options::integer(std::string_view path) const {
    const auto* number = value(path).if_int64();
    if (number == nullptr)
        wrongType(path, "an integer");
    return *number;
}

double Options::number(std::string_view path) const {
    const json::value& found = value(path);
    if (!found.is_number())
        wrongType(path, "a number");
    return found.to_number<double>();
}

bool Options::flag(std::string_view path) const {
    const auto* flag = value(path).if_bool();
    if (flag == nullptr)
        wrongType(path, "a boolean");
    return *flag;
}

std::string Options::text(std::string_view path) const {
    const auto* text = value(path).if_string();
    if (text == nullptr)
        wrongType(path, "a string");
    return {text->data(), text->size()};
}

std::chrono::seconds Options::seconds(std::string_view path) const {
    return std::chrono::seconds(integer(path));
}

std::chrono::milliseconds Options::milliseconds(std::string_view path) const {
    return std::chrono::milliseconds(integer(path));
}

std::vector<std::string> Options::texts(std::string_view path) const {
    std::vector<std::string> all;
    for (const Options* item : list(path))
        all.push_back(item->text(""));
    return all;
}

const Options& Options::section(std::string_view path) const {
    const Options* at = this;
    while (!path.empty()) {
        const auto dot = path.find('.');
        at = &at->at(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return *at;
}

std::string Options::textOr(std::string_view path, std::string otherwise) const {
    return has(path) ? text(path) : std::move(otherwise);
}

} // namespace trellis::sdk
