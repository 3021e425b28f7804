/// Where a value was written, and a problem found there.
#pragma once

#include <string>
#include <vector>

namespace trellis::config {

/// Line and column are 1-based; 0 when there is none (environment, command line, a whole file).
struct Position {
    std::string file; ///< as the admin named it, "environment TRELLIS__X", "option --port"
    int line = 0;
    int column = 0;

    std::string text() const; ///< "trellis.yaml:14:17", "environment TRELLIS__X"
};

/// One line for the admin.
struct Finding {
    Position position;
    std::string path;    ///< dotted: "plugins.mqtt.keep_alive_s", "server.bind[1]"; "" for a file
    std::string problem; ///< `expected an integer from 5 to 3600 (seconds), got "soon"`

    std::string text() const; ///< "file:line:column: path: problem"
};

/// What a load or check found. Errors forbid the configuration; warnings are logged.
struct Report {
    std::vector<Finding> errors;
    std::vector<Finding> warnings;

    bool ok() const { return errors.empty(); }
    void error(Position position, std::string path, std::string problem);
    void warning(Position position, std::string path, std::string problem);
    /// The errors, one a line, in the order of files and lines, the same finding once.
    std::string text() const;
    /// By `files` in their order, then by line; what has no line (environment) comes last.
    void sort(const std::vector<std::string>& files);
};

} // namespace trellis::config
