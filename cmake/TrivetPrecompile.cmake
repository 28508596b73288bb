# Precompiled headers of builds with TRIVET_PRECOMPILE: one for core, one for tests, one for the
# command, since a precompiled header fits only files compiled with its flags.
option(TRIVET_PRECOMPILE "Parse common headers once (see cmake/precompiled)" OFF)

# trivet_precompile(<target> core|tests|cli): the target's files start with that header.
function(trivet_precompile target kind)
    if(TRIVET_PRECOMPILE)
        target_precompile_headers(${target} REUSE_FROM trivet_precompiled_${kind})
    endif()
endfunction()

# trivet_precompiled(core|tests|cli <target>...): makes it, with the flags of the targets.
function(trivet_precompiled kind)
    if(TRIVET_PRECOMPILE)
        set(source ${CMAKE_BINARY_DIR}/precompiled_${kind}.cc)
        file(CONFIGURE OUTPUT ${source} CONTENT "")
        add_library(trivet_precompiled_${kind} OBJECT ${source})
        target_precompile_headers(trivet_precompiled_${kind} PRIVATE
            ${PROJECT_SOURCE_DIR}/cmake/precompiled/${kind}.h)
        target_link_libraries(trivet_precompiled_${kind} PRIVATE ${ARGN} Threads::Threads)
        if(kind STREQUAL "tests") # their files are compiled as those of executables
            set_target_properties(trivet_precompiled_tests PROPERTIES
                POSITION_INDEPENDENT_CODE OFF)
            target_compile_options(trivet_precompiled_tests PRIVATE -fPIE)
        endif()
    endif()
endfunction()
