# cmake -DOUT=FILE -DHTML=FILE -DSTYLE=FILE -DSCRIPTS=FILE;... -P bundle.cmake
#
# Puts style sheet and scripts into the HTML, where @STYLE@ and @SCRIPT@ stand, and writes
# the page as an array of C, with the policy that lets just these two run.

cmake_minimum_required(VERSION 3.22)

# base64(VARIABLE HEX): a SHA-256 in hexadecimal as base64, which browsers want. Its 32
# bytes and one of padding are eleven times three, each four digits of six bits.
function(base64 variable hex)
  set(digits ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/)
  set(text "")
  string(APPEND hex 00)
  foreach(group RANGE 10)
    math(EXPR at "${group} * 6")
    string(SUBSTRING ${hex} ${at} 6 three)
    foreach(shift 18 12 6 0)
      math(EXPR digit "(0x${three} >> ${shift}) & 63")
      string(SUBSTRING ${digits} ${digit} 1 letter)
      string(APPEND text ${letter})
    endforeach()
  endforeach()
  string(REGEX REPLACE "A$" "=" text ${text})
  set(${variable} ${text} PARENT_SCOPE)
endfunction()

file(READ "${HTML}" page)
file(READ "${STYLE}" style)
set(script "")
foreach(file IN LISTS SCRIPTS)
  file(READ "${file}" piece)
  string(APPEND script "${piece}")
endforeach()

# A script that names its own end would end there.
string(FIND "${script}" "</script" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "a script holds \"</script\"; write \"<\\/script\"")
endif()
string(SHA256 style_hash "${style}")
string(SHA256 script_hash "${script}")
base64(style_hash ${style_hash})
base64(script_hash ${script_hash})
string(REPLACE "@STYLE@" "${style}" page "${page}")
string(REPLACE "@SCRIPT@" "${script}" page "${page}")

set(policy "default-src 'none'; script-src 'sha256-${script_hash}'; style-src 'sha256-${style_hash}'; ")
string(APPEND policy "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; ")
string(APPEND policy "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'")

file(WRITE "${OUT}.html" "${page}")
file(READ "${OUT}.html" hex HEX)
string(REGEX REPLACE "(................................)" "\\1\n" hex "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex "${hex}")
file(WRITE "${OUT}" "/* Made by bundle.cmake. */\n"
     "static const char web_page_policy[] = \"${policy}\";\n"
     "static const unsigned char web_page_bytes[] = {\n${hex}};\n")
