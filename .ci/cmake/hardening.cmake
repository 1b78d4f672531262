# Flags live in one place, on two INTERFACE targets; linking one is how a target opts in.
#   pt::flags   everything (tests too): base warnings, hardening, sanitizers
#   pt::strict  product code only: warnings Criterion's macros do not survive
include(CheckCCompilerFlag)
add_library(pt_flags INTERFACE)
add_library(pt_strict INTERFACE)
add_library(pt::flags ALIAS pt_flags)
add_library(pt::strict ALIAS pt_strict)
target_link_libraries(pt_strict INTERFACE pt_flags)

function(pt_try_flags target)
  foreach(flag IN LISTS ARGN)
    string(MAKE_C_IDENTIFIER "HAVE${flag}" var)
    check_c_compiler_flag("-Werror ${flag}" ${var})
    if(${var})
      target_compile_options(${target} INTERFACE ${flag})
    else()
      message(STATUS "flag not supported by this compiler: ${flag}")
    endif()
  endforeach()
endfunction()

target_compile_features(pt_flags INTERFACE c_std_17)
target_compile_definitions(pt_flags INTERFACE _GNU_SOURCE=1)
target_compile_options(pt_flags INTERFACE
  -Wall -Wextra -Wformat=2 -Wshadow -Wstrict-prototypes -Wold-style-definition -Wwrite-strings
  -Wpointer-arith -Wundef -Wvla -Wimplicit-fallthrough
  -fvisibility=hidden -fno-common -fstack-protector-strong -fstack-clash-protection)
target_compile_options(pt_strict INTERFACE
  -Wpedantic -Wconversion -Wsign-conversion -Wmissing-prototypes -Wcast-qual -Wswitch-enum
  -Wswitch-default -Wnull-dereference)
pt_try_flags(pt_flags -Wtrampolines -Wbidi-chars=any -Wlogical-op -Wduplicated-cond
  -fcf-protection=full -mbranch-protection=standard -fstrict-flex-arrays=3
  -ftrivial-auto-var-init=zero -fzero-call-used-regs=used-gpr)
pt_try_flags(pt_strict -Wcast-align=strict -Wduplicated-branches -Warith-conversion
  -Wformat-signedness -Walloc-zero)
if(NOT PT_SANITIZE) # red zones would count as ours
  pt_try_flags(pt_strict -Wstack-usage=16384)
endif()
if(PT_WERROR)
  target_compile_options(pt_flags INTERFACE -Werror)
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
include(CheckPIESupported)
check_pie_supported(LANGUAGES C)

if(PT_SANITIZE)
  target_compile_options(pt_flags INTERFACE -fsanitize=${PT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(pt_flags INTERFACE -fsanitize=${PT_SANITIZE})
else()
  target_compile_options(pt_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3>)
endif()
if(PT_ANALYZER)
  # gcc 12's analyzer loses structures returned by value (every pt_status would be "uninitialized")
  # and cannot know that a slice of length > 0 has an address; clang's, in clang-tidy, checks both.
  target_compile_options(pt_flags INTERFACE -fanalyzer -Wno-analyzer-use-of-uninitialized-value
    -Wno-analyzer-null-dereference -Wno-analyzer-null-argument)
endif()
if(PT_FUZZ)
  target_compile_options(pt_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(PT_COVERAGE)
  target_compile_options(pt_flags INTERFACE --coverage -O0)
  target_link_options(pt_flags INTERFACE --coverage)
endif()
target_link_options(pt_flags INTERFACE
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-z,nodlopen -Wl,-z,separate-code -Wl,--as-needed -Wl,--no-copy-dt-needed-entries)
