using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Lowers the precision of matrix products and convolutions on this thread until it is disposed.</summary>
public sealed class Precision : IDisposable
{
    private const int BFloat16Kind = 2;
    private IntPtr guard;

    private Precision() => NativeMethods.Check(NativeMethods.gloss_guard_enter(BFloat16Kind, out guard));

    /// <summary>
    /// Products and convolutions on the processor compute in bfloat16 (sums in float32); weights stay float32, and
    /// softmax, normalisations and losses run as their inputs are.
    /// </summary>
    public static Precision BFloat16() => new();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (guard == IntPtr.Zero)
            return;
        NativeMethods.Check(NativeMethods.gloss_guard_exit(BFloat16Kind, guard));
        guard = IntPtr.Zero;
    }
}
