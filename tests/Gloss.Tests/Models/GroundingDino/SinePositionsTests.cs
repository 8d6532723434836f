using Gloss.Models.GroundingDino;
using Gloss.Torch;

namespace Gloss.Tests.Models.GroundingDino;

public sealed class SinePositionsTests
{
    [Fact]
    public void Encode_PublishedWidth_EqualsTheOfficial()
    {
        using var scope = TensorScope.Begin();
        var data = GroundingReference.Tensors("position_functions.safetensors");
        TensorAssert.Close(data["decoder_sine.output_512"],
            SinePositions.EncodeBoxes(data["decoder_sine.boxes_cxcywh"], 128), 1e-5, "boxes");
        TensorAssert.Close(data["text_sine.output_256"],
            SinePositions.Encode(data["text_sine.position_ids"].To(ScalarType.Float32).Unsqueeze(-1), 256),
            1e-4, "text");
        // (B, C, H, W)
        var map = SinePositions.EncodeMap(data["image_sine.mask"].NotEqualTo(0L), 128, 20).Permute(0, 3, 1, 2);
        TensorAssert.Close(data["image_sine.output_256_every_5"], map.Slice(1, 0, 256, 5), 1e-5, "map");
        TensorAssert.Close(data["inverse_sigmoid.output_eps_1e-3"],
            BoxCoordinates.InverseSigmoid(data["inverse_sigmoid.input"], 1e-3), 1e-5);
    }
}
