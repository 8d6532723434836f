using System.Runtime.InteropServices;

namespace Gloss.Search.Vectors;

/// <summary>An index of FAISS.</summary>
internal sealed class FaissHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => NativeFaiss.gloss_faiss_free(handle) == 0;
}
