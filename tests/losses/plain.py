"""Plain references, written from the papers with unfolding and explicit probabilities, in float64."""

import math

import torch
from torch.nn import functional as F


def plain_patches(lab, patch_size):
    """(3, H, W) to (H, W, 3 * patch_size ** 2), zeros outside the image."""
    patches = F.unfold(lab.double()[None], patch_size, padding=patch_size // 2)[0]
    return patches.T.reshape(*lab.shape[-2:], -1)


def plain_matches(source_lab, target_lab, settings):
    """Algorithm 1 pixel by pixel: for each target pixel, its [(distance, offset index), ...], best first."""
    source = plain_patches(source_lab, settings.patch_size)
    target = plain_patches(target_lab, settings.patch_size)
    height, width = target_lab.shape[-2:]
    max_distance = -2 * math.log(settings.min_similarity)
    matches = {}
    for y in range(height):
        for x in range(width):
            found = []
            for index, (dy, dx) in enumerate(settings.offsets_yx):
                if 0 <= y + dy < height and 0 <= x + dx < width:
                    distance = torch.dist(source[y + dy, x + dx], target[y, x]).item()
                    found.append((distance, index))
            matches[y, x] = [match for match in sorted(found) if match[0] <= max_distance][: settings.top_k]
    return matches


def plain_index(source_lab, target_lab, settings):
    """`plain_matches` as (K, H, W) offset indices, -1 where there is none."""
    index = torch.full((settings.top_k, *target_lab.shape[-2:]), -1)
    for (y, x), found in plain_matches(source_lab, target_lab, settings).items():
        for k, (_, offset) in enumerate(found):
            index[k, y, x] = offset
    return index


def plain_consistency(a, b):
    a, b = a.sigmoid(), b.sigmoid()
    return -torch.log(a * b + (1 - a) * (1 - b))


def plain_tk_loss(mask_logits, matches, region):
    """(N, T, H, W) logits, match by match, from the displacements of the matches of one tube."""
    loss = mask_logits.new_zeros(())
    height, width = mask_logits.shape[-2:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    for index, (source, target) in enumerate(matches.pairs):
        pair = matches.pair(index)
        dy, dx = pair.offsets_yx().unbind(-1)
        matched = mask_logits[:, source][:, rows + dy, columns + dx]
        weight = pair.valid & region[:, None]
        terms = plain_consistency(matched, mask_logits[:, target, None])
        loss = loss + (terms * weight).sum() / weight.sum().clamp(min=1)
    return loss


def plain_pairwise_loss(mask_logits, similarity, region, dilation=2, min_similarity=0.3):
    """(..., H, W) logits with similarity (..., 8, H, W) and region of full shapes, by unfolding."""
    height, width = mask_logits.shape[-2:]
    flat = mask_logits.reshape(-1, 1, height, width)
    unfolded = F.unfold(flat, 3, dilation=dilation, padding=dilation).view(-1, 9, height, width)
    neighbours = unfolded[:, [0, 1, 2, 3, 5, 6, 7, 8]]
    weight = (similarity >= min_similarity).reshape(-1, 8, height, width) & region.reshape(-1, 1, height, width)
    return (plain_consistency(neighbours, flat) * weight).sum() / weight.sum().clamp(min=1)
