#include "core/model/ids.hpp"

#include "core/model/text.hpp"
#include "core/store/random.hpp"

#include <trellis/sdk/error.hpp>

#include <Poco/UTF8String.h>

#include <algorithm>
#include <array>

namespace trellis::model {

namespace {

using sdk::Error;
using sdk::ErrorCode;

constexpr std::array<std::string_view, 4> kPrefixes = {"node", "mesh", "user", "ugrp"};

bool isIdCharacter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '@' ||
           c == '$';
}

bool isLongPart(std::string_view text) noexcept {
    return text.size() == kLongIdChars && std::all_of(text.begin(), text.end(), isIdCharacter);
}

bool isLastPart(IdKind kind, std::string_view text) {
    if (kind != IdKind::User)
        return isLongPart(text);
    return isUserName(text) && lowerName(text) == text;
}

std::optional<IdKind> kindOf(std::string_view prefix) noexcept {
    for (std::size_t i = 0; i < kPrefixes.size(); ++i)
        if (kPrefixes[i] == prefix)
            return static_cast<IdKind>(i + 1);
    return {};
}

void replaceAll(std::string& text, char from, char to) {
    std::replace(text.begin(), text.end(), from, to);
}

} // namespace

std::string_view prefixOf(IdKind kind) noexcept {
    return kPrefixes[static_cast<std::size_t>(kind) - 1];
}

std::string Id::text() const {
    return std::string(prefixOf(kind)) + "/" + domain + "/" + last;
}

std::optional<Id> parseId(std::string_view text) {
    if (text.size() > kMaxIdBytes)
        return {};
    const auto first = text.find('/');
    if (first == std::string_view::npos)
        return {};
    const auto second = text.find('/', first + 1);
    if (second == std::string_view::npos)
        return {};
    const auto kind = kindOf(text.substr(0, first));
    const auto domain = text.substr(first + 1, second - first - 1);
    const auto last = text.substr(second + 1);
    if (!kind || !isDomain(domain) || !isLastPart(*kind, last))
        return {};
    return Id{*kind, std::string(domain), std::string(last)};
}

std::optional<Id> parseId(IdKind kind, std::string_view text) {
    auto id = parseId(text);
    if (!id || id->kind != kind)
        return {};
    return id;
}

std::optional<std::string> completeId(IdKind kind, std::string_view domain, std::string_view text) {
    if (text.find('/') != std::string_view::npos) {
        if (!parseId(kind, text))
            return {};
        return std::string(text);
    }
    if (!isDomain(domain) || !isLastPart(kind, text))
        return {};
    return Id{kind, std::string(domain), std::string(text)}.text();
}

std::string_view domainOf(std::string_view id) noexcept {
    const auto first = id.find('/');
    if (first == std::string_view::npos)
        return {};
    const auto second = id.find('/', first + 1);
    if (second == std::string_view::npos)
        return {};
    return id.substr(first + 1, second - first - 1);
}

bool isDomain(std::string_view text) noexcept {
    if (text.size() > kMaxDomainBytes || text.starts_with('_'))
        return false;
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    });
}

bool isUserName(std::string_view name) noexcept {
    if (name.empty() || name.size() > kMaxUserNameBytes || name.starts_with('~'))
        return false;
    return name.find_first_of(" \",/") == std::string_view::npos && !hasControls(name) &&
           isUtf8(name);
}

std::string lowerName(std::string_view name) {
    std::string result(name);
    const bool isAscii = std::all_of(name.begin(), name.end(),
                                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (!isAscii && isUtf8(name))
        return Poco::UTF8::toLower(result);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

std::string base64At(std::string_view bytes) {
    auto text = store::base64(bytes);
    replaceAll(text, '+', '@');
    replaceAll(text, '/', '$');
    return text;
}

std::optional<std::string> fromBase64At(std::string_view text) {
    if (text.find_first_of("+/") != std::string_view::npos)
        return {};
    std::string standard(text);
    replaceAll(standard, '@', '+');
    replaceAll(standard, '$', '/');
    return store::fromBase64(standard);
}

std::string deviceIdFromKeyHash(std::string_view domain, std::string_view sha384) {
    if (sha384.size() != 48 || !isDomain(domain))
        throw Error(ErrorCode::InvalidArgument, "a device id is made of a domain and 48 bytes");
    return Id{IdKind::Device, std::string(domain), base64At(sha384)}.text();
}

std::string newId(IdKind kind, std::string_view domain) {
    if (kind == IdKind::User || !isDomain(domain))
        throw Error(ErrorCode::InvalidArgument, "no random id for this kind or domain");
    return Id{kind, std::string(domain), base64At(store::randomBytes(48))}.text();
}

std::string userId(std::string_view domain, std::string_view name) {
    if (!isDomain(domain))
        throw Error(ErrorCode::InvalidArgument, "Invalid domain", "/domain");
    if (!isUserName(name))
        throw Error(ErrorCode::InvalidArgument, "Invalid username", "/username");
    const auto lower = lowerName(name);
    if (lower.size() > kMaxUserNameBytes)
        throw Error(ErrorCode::InvalidArgument, "Invalid username", "/username");
    return Id{IdKind::User, std::string(domain), lower}.text();
}

} // namespace trellis::model
