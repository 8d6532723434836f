using Gloss.Torch.Native;

namespace Gloss.Torch;

/// <summary>Turns the recording of gradients off on this thread until it is disposed.</summary>
public sealed class GradientMode : IDisposable
{
    private readonly int kind;
    private IntPtr guard;

    private GradientMode(int kind)
    {
        this.kind = kind;
        NativeMethods.Check(NativeMethods.gloss_guard_enter(kind, out guard));
    }

    /// <summary>No gradients are recorded.</summary>
    public static GradientMode None() => new(0);

    /// <summary>Inference mode: the fastest; tensors made in it can never take part in a backward pass.</summary>
    public static GradientMode Inference() => new(1);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (guard == IntPtr.Zero)
            return;
        NativeMethods.Check(NativeMethods.gloss_guard_exit(kind, guard));
        guard = IntPtr.Zero;
    }
}
