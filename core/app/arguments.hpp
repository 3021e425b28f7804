/// The command line as words, options and values; one small reader for both programs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace trellis::app {

/// Reads `--name value`, `--name=value`, `--flag` and plain words. Every question takes what it asks
/// for out; finish() complains about what is left.
/// Throws sdk::Error{InvalidArgument} with a sentence for people.
class Arguments {
public:
    Arguments(int argc, const char* const* argv);

    /// The value of `--name`, or nothing. Given twice: the last counts.
    std::optional<std::string> option(std::string_view name);
    bool flag(std::string_view name);
    /// The next plain word, or nothing.
    std::optional<std::string> word();
    /// The next plain word; `what` names it in the complaint when there is none.
    std::string needWord(std::string_view what);
    /// Throws if anything was given that nobody asked for.
    void finish() const;

private:
    std::vector<std::string> items_;
};

/// A decimal number from `low` to `high`; `what` names it in the complaint.
long numberFrom(const std::string& text, long low, long high, std::string_view what);

}  // namespace trellis::app
