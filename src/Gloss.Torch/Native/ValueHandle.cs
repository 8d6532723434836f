using Microsoft.Win32.SafeHandles;

namespace Gloss.Torch.Native;

/// <summary>Owns one <c>gloss_value</c>: a tensor, or a packed weight.</summary>
internal sealed class ValueHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    private static long liveCount;

    public ValueHandle(IntPtr value) : base(ownsHandle: true)
    {
        SetHandle(value);
        Interlocked.Increment(ref liveCount);
    }

    /// <summary>How many values live; a finished computation leaves it where it was.</summary>
    public static long LiveCount => Interlocked.Read(ref liveCount);

    protected override bool ReleaseHandle()
    {
        NativeMethods.gloss_value_free(handle);
        Interlocked.Decrement(ref liveCount);
        return true;
    }
}
