/// OptionsFromJson: options without files, for FakeHost and tests.
#include <utility>

#include <trellis/sdk/options.hpp>
#include <trellis/sdk/options_view.hpp>

namespace trellis::sdk {

namespace {

/// "/tls/verify" as "tls.verify".
std::string dotted(const std::string& pointer) {
    std::string path;
    for (std::size_t i = 1; i < pointer.size(); ++i) {
        if (pointer[i] == '/')
            path += '.';
        else if (pointer[i] == '~' && i + 1 < pointer.size())
            path += pointer[++i] == '1' ? '/' : '~';
        else
            path += pointer[i];
    }
    return path;
}

json::value prepared(json::value section) {
    if (section.is_null())
        section.emplace_object();
    return section;
}

} // namespace

struct OptionsFromJson::State final : OptionsHost {
    State(const Schema& schema, json::value section)
        : written(prepared(std::move(section))), filled(written), view(filled, *this) {
        std::vector<Problem> found;
        schema.checkAndFill(filled, found);
        for (const Problem& problem : found)
            reject(problem.pointer, problem.message);
    }

    std::string place(const std::string& pointer) const override { return "options" + pointer; }
    bool isSet(const std::string& pointer) const override {
        boost::system::error_code error;
        return written.find_pointer(pointer, error) != nullptr;
    }
    void reject(const std::string& pointer, const std::string& problem) const override {
        const std::string path = dotted(pointer);
        problems.push_back(path.empty() ? problem : path + ": " + problem);
    }

    json::value written;
    json::value filled;
    OptionsView view;
    mutable std::vector<std::string> problems;
};

OptionsFromJson::OptionsFromJson(const Schema& schema, json::value section)
    : state_(std::make_unique<State>(schema, std::move(section))) {}
OptionsFromJson::~OptionsFromJson() = default;

bool OptionsFromJson::has(std::string_view path) const {
    return state_->view.has(path);
}
bool OptionsFromJson::isSet(std::string_view path) const {
    return state_->view.isSet(path);
}
const json::value& OptionsFromJson::value(std::string_view path) const {
    return state_->view.value(path);
}
std::vector<const Options*> OptionsFromJson::list(std::string_view path) const {
    return state_->view.list(path);
}
std::vector<std::string> OptionsFromJson::keys(std::string_view path) const {
    return state_->view.keys(path);
}
const Options& OptionsFromJson::at(std::string_view name) const {
    return state_->view.at(name);
}
std::string OptionsFromJson::place(std::string_view path) const {
    return state_->view.place(path);
}
void OptionsFromJson::reject(std::string_view path, const std::string& problem) const {
    state_->view.reject(path, problem);
}
const std::vector<std::string>& OptionsFromJson::problems() const noexcept {
    return state_->problems;
}

} // namespace trellis::sdk
