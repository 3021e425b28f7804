#include <trellis/sdk/options_view.hpp>

#include <utility>

namespace trellis::sdk {

std::string pointerStep(std::string_view name) {
    std::string step;
    for (const char c : name) {
        if (c == '~')
            step += "~0";
        else if (c == '/')
            step += "~1";
        else
            step += c;
    }
    return step;
}

OptionsHost::~OptionsHost() = default;

OptionsView::OptionsView(const json::value& root, const OptionsHost& host, std::string pointer)
    : root_(root), host_(host), pointer_(std::move(pointer)) {}

OptionsView::~OptionsView() = default;

const json::value* OptionsView::find(std::string_view path) const {
    const json::value* at = &root_;
    while (!path.empty()) {
        const auto dot = path.find('.');
        const auto* object = at->if_object();
        at = object == nullptr ? nullptr : object->if_contains(path.substr(0, dot));
        if (at == nullptr)
            return nullptr;
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return at;
}

std::string OptionsView::pointerOf(std::string_view path) const {
    std::string pointer = pointer_;
    while (!path.empty()) {
        const auto dot = path.find('.');
        pointer += '/' + pointerStep(path.substr(0, dot));
        path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    }
    return pointer;
}

bool OptionsView::has(std::string_view path) const {
    const json::value* found = find(path);
    return found != nullptr && !found->is_null();
}

bool OptionsView::isSet(std::string_view path) const {
    return host_.isSet(pointerOf(path));
}

const json::value& OptionsView::value(std::string_view path) const {
    const json::value* found = find(path);
    if (found == nullptr) {
        throw Error(ErrorCode::Internal,
                    "option \"" + std::string(path) +
                        "\" is absent and the plugin's schema has no default for it");
    }
    return *found;
}

const Options& OptionsView::child(const json::value& value, const std::string& pointer) const {
    auto& slot = children_[pointer];
    if (slot == nullptr)
        slot = std::make_unique<OptionsView>(value, host_, pointer);
    return *slot;
}

std::vector<const Options*> OptionsView::list(std::string_view path) const {
    std::vector<const Options*> items;
    const json::value* found = find(path);
    if (found == nullptr || found->is_null())
        return items;
    const auto* array = found->if_array();
    if (array == nullptr) {
        throw Error(ErrorCode::Internal, "option \"" + std::string(path) + "\" is not a list");
    }
    const std::string pointer = pointerOf(path);
    items.reserve(array->size());
    for (std::size_t i = 0; i < array->size(); ++i) {
        items.push_back(&child((*array)[i], pointer + '/' + std::to_string(i)));
    }
    return items;
}

std::vector<std::string> OptionsView::keys(std::string_view path) const {
    std::vector<std::string> names;
    const json::value* found = find(path);
    const auto* object = found == nullptr ? nullptr : found->if_object();
    if (object == nullptr)
        return names;
    for (const auto& member : *object)
        names.emplace_back(member.key());
    return names;
}

const Options& OptionsView::at(std::string_view name) const {
    const auto* object = root_.if_object();
    const auto* found = object == nullptr ? nullptr : object->if_contains(name);
    if (found == nullptr) {
        throw Error(ErrorCode::Internal, "option \"" + std::string(name) + "\" is absent");
    }
    return child(*found, pointer_ + '/' + pointerStep(name));
}

std::string OptionsView::place(std::string_view path) const {
    return host_.place(pointerOf(path));
}

void OptionsView::reject(std::string_view path, const std::string& problem) const {
    host_.reject(pointerOf(path), problem);
}

} // namespace trellis::sdk
