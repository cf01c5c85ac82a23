// Preloaded into an engine's process, this library hides AVX-512 and AMX from it, so that engines without a switch of
// their own can be measured as on a machine that has AVX2 only.
//
// Linux lets a process trap its own CPUID instructions (arch_prctl ARCH_CPUID, where processor and hypervisor allow
// it). The trap arrives as SIGSEGV; the handler executes the instruction and clears the bits. Threads inherit the trap.

#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define ARCH_CPUID 0x1012

// Leaf 7: F, DQ, IFMA, PF, ER, CD, BW, VL | VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ | 4VNNIW, 4FMAPS, VP2INTERSECT,
// AMX-BF16, FP16, AMX-TILE, AMX-INT8. Leaf 7.1 EAX: BF16, AMX-FP16. Leaf 7.1 EDX: AMX-COMPLEX, AVX10.
static const unsigned LEAF7_EBX = 1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31;
static const unsigned LEAF7_ECX = 1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14;
static const unsigned LEAF7_EDX = 1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25;
static const unsigned LEAF7_1_EAX = 1u << 5 | 1u << 21;
static const unsigned LEAF7_1_EDX = 1u << 8 | 1u << 19;

static void answer(int signal_number, siginfo_t *info, void *context) {
    (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *code = (const unsigned char *)registers[REG_RIP];
    if (code[0] != 0x0f || code[1] != 0xa2) {
        signal(signal_number, SIG_DFL); // A genuine fault: executed again, it ends the process.
        return;
    }
    unsigned leaf = (unsigned)registers[REG_RAX], sub = (unsigned)registers[REG_RCX], a, b, c, d;
    syscall(SYS_arch_prctl, ARCH_CPUID, 1);
    __cpuid_count(leaf, sub, a, b, c, d);
    syscall(SYS_arch_prctl, ARCH_CPUID, 0);
    if (leaf == 7 && sub == 0) {
        b &= ~LEAF7_EBX;
        c &= ~LEAF7_ECX;
        d &= ~LEAF7_EDX;
    } else if (leaf == 7 && sub == 1) {
        a &= ~LEAF7_1_EAX;
        d &= ~LEAF7_1_EDX;
    }
    registers[REG_RAX] = a;
    registers[REG_RBX] = b;
    registers[REG_RCX] = c;
    registers[REG_RDX] = d;
    registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void install(void) {
    // For this process only: a compiler that it starts handles SIGSEGV by itself. The trap ends with exec.
    unsetenv("LD_PRELOAD");
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
    sigaction(SIGSEGV, &action, NULL);
    if (syscall(SYS_arch_prctl, ARCH_CPUID, 0) != 0) {
        fputs("hide_avx512: this machine cannot trap CPUID\n", stderr);
        exit(77);
    }
}
