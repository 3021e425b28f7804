/// Parameters of scripts: declared by the library, given when run, passed as environment variables.
#pragma once

#include <map>
#include <string>

#include <trellis/sdk/schema.hpp>

#include "model.hpp"

namespace scripts {

/// {name, label, kind, default, required, choices}
trellis::sdk::Schema parameterSchema();

/// Throws Error{InvalidArgument}: names given twice or reserved, a default that does not fit.
void checkDeclared(const json::array& parameters);

/// True for the name of an environment variable that a script may be given: letters, digits, '_';
/// not those by which a program finds libraries or other programs (PATH, LD_*, ...).
bool isParameterName(std::string_view name);

/// Puts `given` and `secrets` into `spec`, checked against `declared` with its defaults; null: no
/// declaration, every good name is taken. Throws Error{InvalidArgument} naming the parameter.
void fill(Spec& spec, const json::array* declared, const json::object& given,
          const json::object& secrets);

} // namespace scripts
